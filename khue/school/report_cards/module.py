"""Manifest of the report cards."""

from khue.kernel.access import roles
from khue.kernel.manifest import GrantSource, Job, Module, NavLink, NoticeKind, Permission, Reaction, Setting
from khue.kernel.statements import TODAY

STEPS = (
    ("homeroom,principal,school", "Chủ nhiệm, hiệu trưởng, trường"),
    ("subject,homeroom,principal,school", "Giáo viên môn học, chủ nhiệm, hiệu trưởng, trường"),
)

HOMEROOMS = (roles.HOMEROOM_TEACHER, roles.CLASS_SIGNER)

# Who taught a year that has ended still signs its cards, for a year, while they hold a post at that school. Who was
# named to sign in somebody's place signs instead of them.
CLASS_SIGNERS = f"""
select h.teacher_id as person_id, 'class_signer'::text as role, 'class'::text as scope_kind, h.classroom_id as scope_id,
       k.school_id as unit_id, y.ends_on as starts_on, y.ends_on + 366 as ends_on, h.id as source_id,
       k.name::text as label
from roster_homeroom h join roster_classroom k on k.id = h.classroom_id
join calendar_school_year y on y.id = k.year_id
where y.ends_on + 366 > {TODAY}
  and not exists (select from roster_homeroom n
      where n.classroom_id = h.classroom_id and (n.starts_on, n.id) > (h.starts_on, h.id))
  and exists (select from staff_position o where o.person_id = h.teacher_id and o.unit_id = k.school_id
      and o.starts_on <= {TODAY} and (o.ends_on is null or o.ends_on > {TODAY}))
  and not exists (select from report_cards_substitute d
      where d.classroom_id = k.id and d.subject_id is null and d.ended_at is null)
"""  # noqa: S608
COURSE_SIGNERS = f"""
select a.teacher_id as person_id, 'course_signer'::text as role, 'course'::text as scope_kind, a.course_id as scope_id,
       c.school_id as unit_id, y.ends_on as starts_on, y.ends_on + 366 as ends_on, a.id as source_id,
       k.name::text as label
from curriculum_teaching_assignment a join curriculum_course c on c.id = a.course_id
join roster_classroom k on k.id = c.classroom_id join calendar_school_year y on y.id = k.year_id
where a.role = 'main' and y.ends_on + 366 > {TODAY}
  and not exists (select from curriculum_teaching_assignment n
      where n.course_id = a.course_id and n.role = 'main' and (n.ends_on, n.id) > (a.ends_on, a.id))
  and exists (select from staff_position o where o.person_id = a.teacher_id and o.unit_id = c.school_id
      and o.starts_on <= {TODAY} and (o.ends_on is null or o.ends_on > {TODAY}))
  and not exists (select from report_cards_substitute d
      where d.classroom_id = k.id and d.subject_id = c.subject_id and d.ended_at is null)
"""  # noqa: S608
SUBSTITUTES = f"""
select d.person_id, case when d.subject_id is null then 'class_signer' else 'course_signer' end::text as role,
       case when d.subject_id is null then 'class' else 'course' end::text as scope_kind,
       coalesce(c.id, k.id) as scope_id, k.school_id as unit_id, null::date as starts_on, y.ends_on + 366 as ends_on,
       d.id as source_id, k.name::text as label
from report_cards_substitute d join roster_classroom k on k.id = d.classroom_id
join calendar_school_year y on y.id = k.year_id
left join curriculum_course c on c.classroom_id = k.id and c.subject_id = d.subject_id
where d.ended_at is null and (d.subject_id is null or c.id is not null)
  and exists (select from staff_position o where o.person_id = d.person_id and o.unit_id = k.school_id
      and o.starts_on <= {TODAY} and (o.ends_on is null or o.ends_on > {TODAY}))
"""  # noqa: S608

MODULE = Module(
    name="report_cards",
    label="Học bạ số",
    figures="khue.school.report_cards.figures.FIGURES",
    permissions=(
        Permission("report_cards.view", "Xem học bạ", (*roles.SCHOOL_OFFICE, *HOMEROOMS)),
        Permission("report_cards.view_own", "Xem học bạ của con, của mình", roles.FAMILY),
        Permission(
            "report_cards.view_progress", "Xem tiến độ ký học bạ", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)
        ),
        Permission("report_cards.compose", "Lập học bạ từ kết quả đã duyệt", (*roles.HEADS, roles.CLERK)),
        Permission("report_cards.name_signer", "Giao người ký thay trên học bạ", roles.HEADS),
        Permission(
            "report_cards.sign",
            "Xem học bạ chờ mình ký",
            (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER, roles.SUBJECT_TEACHER, *roles.SIGNERS),
        ),
        Permission(
            "report_cards.sign_subject", "Ký môn mình dạy", (roles.SUBJECT_TEACHER, roles.COURSE_SIGNER)
        ),
        Permission("report_cards.sign_homeroom", "Ký học bạ của lớp chủ nhiệm", HOMEROOMS),
        Permission("report_cards.sign_principal", "Ký duyệt học bạ", roles.HEADS, dangerous=True),
        Permission("report_cards.seal", "Ký số của trường trên học bạ", roles.SCHOOL_OFFICE, dangerous=True),
        Permission("report_cards.submit", "Nộp học bạ về Sở", roles.SCHOOL_OFFICE),
        Permission("report_cards.receive", "Nhận, trả lại học bạ trường nộp", roles.DEPARTMENT),
        Permission("report_cards.read_store", "Xem học bạ trong kho của tỉnh", roles.DEPARTMENT),
        Permission(
            "report_cards.ask_correction",
            "Đề nghị sửa học bạ đã cấp",
            (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER, *roles.FAMILY),
        ),
        Permission(
            "report_cards.decide_correction", "Quyết định sửa học bạ đã cấp", roles.HEADS, dangerous=True
        ),
        Permission("report_cards.export", "Xuất gói học bạ cho tỉnh khác", roles.SCHOOL_OFFICE),
    ),
    grant_sources=(
        GrantSource("report_cards.class_signer", CLASS_SIGNERS),
        GrantSource("report_cards.course_signer", COURSE_SIGNERS),
        GrantSource("report_cards.substitute", SUBSTITUTES),
    ),
    jobs=(
        Job("report_cards.compose", "Lập học bạ", "khue.school.report_cards.flow_jobs.compose_school"),
        Job("report_cards.sign_batch", "Ký học bạ", "khue.school.report_cards.flow_jobs.sign_batch"),
        Job(
            "report_cards.receive",
            "Kiểm và nhận học bạ trường nộp",
            "khue.school.report_cards.store_jobs.receive",
        ),
        Job(
            "report_cards.count",
            "Đếm tiến độ ký học bạ",
            "khue.school.report_cards.ticks.count",
            cron="*/10 * * * *",
        ),
        Job(
            "report_cards.checkpoint",
            "Ký điểm kiểm tra sổ cấp học bạ",
            "khue.school.report_cards.ticks.checkpoint",
            cron="*/10 * * * *",
        ),
        Job(
            "report_cards.verify",
            "Kiểm tra sổ cấp học bạ",
            "khue.school.report_cards.store_jobs.verify",
            cron="10 19 * * *",  # 02:10 of the province
        ),
        Job(
            "report_cards.forget_secrets",
            "Xóa mật khẩu khóa ký đã giữ quá lâu",
            "khue.school.report_cards.ticks.forget_secrets",
            cron="*/5 * * * *",
        ),
    ),
    settings=(
        Setting(
            "report_cards.steps_primary",
            "Ai ký học bạ tiểu học, theo thứ tự",
            "choice",
            "homeroom,principal,school",
            choices=STEPS,
            legal_source="TT 70/2026/TT-BGDĐT (chưa đối chiếu), TT 27/2020/TT-BGDĐT",
        ),
        Setting(
            "report_cards.steps_secondary",
            "Ai ký học bạ THCS, THPT, GDTX, theo thứ tự",
            "choice",
            "subject,homeroom,principal,school",
            choices=STEPS,
            legal_source="TT 70/2026/TT-BGDĐT (chưa đối chiếu), TT 22/2021/TT-BGDĐT",
        ),
        Setting(
            "report_cards.personal_id_may_wait",
            "Hiệu trưởng được cho ký khi thiếu số định danh, có ghi lý do",
            "bool",
            True,
            legal_source="TT 70/2026/TT-BGDĐT (chưa đối chiếu)",
        ),
        Setting(
            "report_cards.verification_site",
            "Địa chỉ trang xác minh in trên học bạ",
            "text",
            "",
            help="Để trống: in địa chỉ của chính trang Khuê này.",
            warn="khue.school.report_cards.addresses.warning",
        ),
    ),
    navigation=(
        NavLink("Học bạ số", "report_cards:overview", "report", "report_cards.view", "Lớp và môn", 140),
        NavLink("Ký học bạ", "report_cards:waiting", "signature", "report_cards.sign", "Lớp và môn", 142),
        NavLink(
            "Tiến độ ký học bạ",
            "report_cards:progress",
            "progress-check",
            "report_cards.view_progress",
            "Lớp và môn",
            144,
            short="Tiến độ ký",
        ),
        NavLink(
            "Nộp học bạ về Sở",
            "report_cards:submit",
            "send",
            "report_cards.submit",
            "Lớp và môn",
            146,
            short="Nộp học bạ",
        ),
        NavLink(
            "Nhận học bạ",
            "report_cards:receive",
            "inbox",
            "report_cards.receive",
            "Lớp và môn",
            147,
            short="Nhận học bạ",
        ),
        NavLink(
            "Kho học bạ", "report_cards:store", "building-bank", "report_cards.read_store", "Lớp và môn", 148
        ),
        NavLink("Học bạ", "report_cards:my_cards", "certificate", "report_cards.view_own", "Gia đình", 295),
        NavLink(
            "Đề nghị sửa học bạ",
            "report_cards:corrections",
            "pencil",
            "report_cards.ask_correction",
            "Lớp và môn",
            345,
            short="Sửa học bạ",
            roles=(*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER),
        ),
    ),
    panels=(
        "khue.school.report_cards.panels.waiting",
        "khue.school.report_cards.panels.of_area",
    ),
    family_lines=("khue.school.report_cards.families.day_lines",),
    pupil_links=("khue.school.report_cards.families.pupil_link",),
    transfer_links=("khue.school.report_cards.families.transfer_link",),
    reactions=(
        Reaction(
            "khue.registry.roster.events.TransferMoved", "khue.school.report_cards.reactions.transfer_moved"
        ),
    ),
    task_kinds={
        "report_cards.decide_correction": "Trả lời đề nghị sửa học bạ",
        "report_cards.compose_edition": "Lập bản mới của học bạ",
        "report_cards.transfer_sheet": "Ký phiếu kết quả chuyển trường",
    },
    notices=(
        NoticeKind("report_cards.correction", "Đính chính học bạ"),
        NoticeKind("report_cards.returned", "Học bạ bị trả lại"),
        NoticeKind("report_cards.broken", "Học bạ trong kho có chỗ hỏng"),
    ),
    action_labels={
        "report_cards.submit": "Nộp học bạ về Sở",
        "report_cards.accept": "Nhận học bạ vào kho",
        "report_cards.return": "Trả lại học bạ cho trường",
        "report_cards.read_store": "Xem học bạ trong kho",
        "report_cards.take_copy": "Tải học bạ",
        "report_cards.take_copy_as_holder": "Tải học bạ trường khác đã cấp",
        "report_cards.note_verification": "Kiểm tra sổ cấp học bạ",
        "report_cards.excuse": "Cho ký khi thiếu số định danh",
        "report_cards.send_back": "Trả học bạ về để lập lại",
        "report_cards.start_batch": "Bắt đầu đợt ký học bạ",
        "report_cards.resume_batch": "Ký tiếp đợt đã dừng",
        "report_cards.end_substitute": "Thôi giao người ký thay",
        "report_cards.bring_package": "Nhận gói học bạ tỉnh khác",
        "report_cards.compose_transfer_sheet": "Lập phiếu kết quả chuyển trường",
        "report_cards.make_package": "Đóng gói học bạ",
        "report_cards.seal_transfer_sheet": "Đóng dấu số phiếu kết quả chuyển trường",
        "report_cards.sign_transfer_sheet": "Ký phiếu kết quả chuyển trường",
        "report_cards.take_book": "Tải quyển học bạ",
        "report_cards.take_own_book": "Gia đình tải quyển học bạ",
        "report_cards.take_package": "Tải gói học bạ",
        "report_cards.take_transfer_sheet": "Tải phiếu kết quả chuyển trường",
        "report_cards.write_receipt": "Ghi giấy tiếp nhận gói học bạ",
        "report_cards.ask_correction_as_holder": "Đề nghị trường cũ sửa học bạ",
        "report_cards.compose_edition": "Lập bản mới của học bạ",
        "report_cards.grant_correction": "Quyết định sửa học bạ",
        "report_cards.refuse_correction": "Trả lời không sửa học bạ",
        "report_cards.revoke": "Thu hồi học bạ",
        "report_cards.take_own_copy": "Gia đình tải học bạ",
        "report_cards.withdraw_correction": "Rút đề nghị sửa học bạ",
    },
    papers=(
        "khue.school.report_cards.printing.papers.CARD",
        "khue.school.report_cards.printing.papers.BOOK",
        "khue.school.report_cards.printing.papers.TRANSFER",
    ),
    benches=(
        "khue.school.report_cards.printing.bench.paper_card",
        "khue.school.report_cards.bench.card_one",
        "khue.school.report_cards.bench.card_class",
        "khue.school.report_cards.bench.card_school",
        "khue.school.report_cards.bench.verify_page",
    ),
    demo_fill=("khue.school.report_cards.demo.fill",),
    url_prefix="hoc-ba/",
)
