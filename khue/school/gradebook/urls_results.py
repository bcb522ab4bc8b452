"""Pages of results: the school, a class, a pupil, what follows the year."""

from django.urls import URLPattern, path

from khue.school.gradebook.views import after_year, results

urlpatterns: list[URLPattern] = [
    path("ket-qua/", results.results, name="results"),
    path("ket-qua/duyet/", results.approve, name="approve_results"),
    path("ket-qua/tinh-lai/", results.compute, name="compute_results"),
    path("ket-qua/khen-thuong/", after_year.awards, name="awards"),
    path("ket-qua/sau-nam-hoc/", after_year.after_year, name="after_year"),
    path("ket-qua/<int:pk>/", results.class_results, name="class_results"),
    path("ket-qua/<int:pk>/trinh/", results.submit, name="submit_results"),
    path("ket-qua/<int:pk>/tra-lai/", results.give_back, name="return_results"),
    path("ket-qua/<int:pk>/mo-lai/", results.reopen, name="reopen_results"),
    path("ket-qua/<int:pk>/tieu-bieu/", after_year.recognise, name="recognise"),
    path("ket-qua/em/<int:pk>/", results.pupil_result, name="pupil_result"),
    path("ket-qua/em/<int:pk>/kiem-tra-lai/", after_year.retest, name="enter_retest"),
    path("ket-qua/em/<int:pk>/ren-luyen-he/", after_year.summer, name="summer_training"),
    path("ket-qua/em/<int:pk>/danh-gia-he/", after_year.judge_summer, name="judge_summer"),
    path("ket-qua/em/<int:pk>/quyet-dinh/", after_year.decide, name="decide_promotion"),
]
