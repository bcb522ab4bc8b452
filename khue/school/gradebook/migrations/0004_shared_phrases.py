"""Sentences for comments are a teacher's, a school's or the department's; those of nobody were the province's."""

import django.db.models.deletion
from django.db import migrations, models


SQL = """
set constraints all immediate;
update gradebook_phrase set unit_id = (select id from org_unit where parent_id is null order by id limit 1)
where owner_id is null;
delete from gradebook_phrase where owner_id is null and unit_id is null;
set constraints all deferred;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('gradebook', '0003_results'),
        ('org', '0003_repeated_indexes'),
        ('people', '0004_birth_index'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='phrase',
            name='gradebook_a_phrase_once_an_owner',
        ),
        migrations.AddField(
            model_name='phrase',
            name='unit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='org.unit'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='phrase',
            index=models.Index(fields=['unit'], name='gradebook_phrase_by_unit'),
        ),
        migrations.AddConstraint(
            model_name='phrase',
            constraint=models.UniqueConstraint(fields=('owner', 'unit', 'text'), name='gradebook_a_phrase_once_an_owner', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='phrase',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', True), ('unit__isnull', True), _connector='XOR'), name='gradebook_a_phrase_is_somebodys'),
        ),
    ]
