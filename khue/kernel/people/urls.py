"""Pages of accounts."""

from django.urls import path

from khue.kernel.people.views import accounts, activation, factors, own, proving, signing

urlpatterns = [
    path("dang-nhap/", signing.login, name="login"),
    path("dang-nhap/khoa/", factors.login_passkey, name="login_passkey"),
    path("dang-nhap/khoa/hoi/", factors.passkey_options, name="passkey_options"),
    path("dang-xuat/", signing.logout, name="logout"),
    path("kich-hoat/", activation.activate, name="activate"),
    path("kich-hoat/mat-khau/", activation.choose_password, name="choose_password"),
    path("quen-mat-khau/", activation.forgotten, name="forgotten"),
    path("xac-thuc/", factors.verify, name="verify"),
    path("xac-nhan/", proving.prove, name="prove"),
    path("lam-tiep/", proving.go_on, name="go_on"),
    path("lop-thu-hai/", factors.overview, name="second_factor"),
    path("lop-thu-hai/ung-dung/", factors.set_up_app, name="set_up_totp"),
    path("lop-thu-hai/khoa/", factors.set_up_passkey, name="set_up_passkey"),
    path("lop-thu-hai/ma-du-phong/", factors.recovery_codes, name="recovery_codes"),
    path("lop-thu-hai/<int:pk>/go/", factors.remove, name="remove_factor"),
    path("cua-toi/", own.me, name="me"),
    path("cua-toi/mat-khau/", own.change_password, name="change_password"),
    path("cua-toi/thu/", own.change_email, name="change_email"),
    path("cua-toi/may/<int:pk>/thoat/", own.end_sign_in, name="end_sign_in"),
    path("cua-toi/may/thoat-het/", own.end_others, name="end_others"),
    path("", accounts.accounts, name="accounts"),
    path("mo/", accounts.open_accounts, name="open_accounts"),
    path("ma/", accounts.issue_codes, name="issue_codes"),
    path("khoa/", accounts.disable, name="disable"),
    path("mo-khoa/", accounts.enable, name="enable"),
    path("<int:pk>/", accounts.account, name="account"),
    path("<int:pk>/go-lop-thu-hai/", accounts.take_factors, name="take_factors"),
]
