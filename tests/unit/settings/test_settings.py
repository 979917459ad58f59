"""What stands in avow.toml and the environment becomes one frozen value, or every mistake at once."""

from datetime import date
from pathlib import Path

import pytest

from avow.errors import SettingsError
from avow.settings import load_settings

GOOD = """
[company]
name = "acme"
[policy]
in_force = "2026-01"
[stores.main]
location = "uk"
levels = ["catalogue", "trial", "canary"]
disposable = true
"""


def write(folder: Path, text: str) -> Path:
    (folder / "avow.toml").write_text(text, encoding="utf-8")
    return folder


def codes_of(folder: Path, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, environ or {})
    return caught.value.codes


def test_a_store_without_its_own_credential_falls_back_to_the_stores_dsn(tmp_path: Path) -> None:
    environ = {"AVOW_STORE_MAIN_DSN": "dbname=all", "AVOW_STORE_MAIN_APPLY_DSN": "dbname=owner"}
    store = load_settings(write(tmp_path, GOOD), environ).get_store("main")
    assert store.find_dsn("apply") == "dbname=owner"
    assert store.find_dsn("survey") == "dbname=all"
    assert store.find_dsn("replica") is None


def test_a_store_consents_to_no_canary_unless_it_says_so(tmp_path: Path) -> None:
    text = GOOD.replace('levels = ["catalogue", "trial", "canary"]\ndisposable = true', "")
    store = load_settings(write(tmp_path, text), {}).get_store("main")
    assert store.levels == ("catalogue", "trial")
    assert not store.disposable


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("dbname=filed\n")
    environ = {"AVOW_STORE_MAIN_DSN_FILE": str(tmp_path / "secret")}
    assert load_settings(write(tmp_path, GOOD), environ).get_store("main").find_dsn("probe") == "dbname=filed"


def test_secrets_never_stand_in_the_text_of_the_settings(tmp_path: Path) -> None:
    environ = {"AVOW_STORE_MAIN_DSN": "password=hunter2", "AVOW_CONTROL_DSN": "password=hunter2"}
    assert "hunter2" not in repr(load_settings(write(tmp_path, GOOD), environ))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = '[company]\n[policy]\nin_force = 5\n[check]\nrow = 1\nseconds = -3\n[stores.main]\nkind = "oracle"\n'
    assert sorted(codes_of(write(tmp_path, text))) == sorted(
        ["settings.missing", "settings.bad-value", "settings.unknown-key", "settings.bad-value", "settings.bad-value"]
    )


def test_a_mistake_names_its_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, GOOD + '[check]\nrows = "many"\n'), {})
    assert str(caught.value.diagnostics[0].place) == "avow.toml:11:1"


def test_a_broken_toml_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, "[company\nname = 1\n"), {})
    assert caught.value.codes == ("settings.bad-toml",)
    assert caught.value.diagnostics[0].place.line == 1


def test_a_folder_without_avow_toml_is_not_a_project(tmp_path: Path) -> None:
    assert codes_of(tmp_path) == ("settings.no-project",)


def test_a_secret_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    assert codes_of(write(tmp_path, GOOD), {"AVOW_STORE_MAIN_DSN_FILE": "/nowhere"}) == ("settings.no-secret-file",)


def test_an_env_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    secrets = tmp_path / "avow.env"
    secrets.write_text("AVOW_STORE_MAIN_DSN=dbname=x\n")
    secrets.chmod(0o644)
    assert codes_of(write(tmp_path, GOOD)) == ("settings.open-secrets",)


def test_the_environment_beats_the_env_file(tmp_path: Path) -> None:
    secrets = tmp_path / "avow.env"
    secrets.write_text("# secrets\nAVOW_STORE_MAIN_DSN=dbname=file\n")
    secrets.chmod(0o600)
    folder = write(tmp_path, GOOD)
    assert load_settings(folder, {}).get_store("main").find_dsn("probe") == "dbname=file"
    assert load_settings(folder, {"AVOW_STORE_MAIN_DSN": "dbname=e"}).get_store("main").find_dsn("probe") == "dbname=e"


def test_a_connection_string_in_git_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace('location = "uk"', 'location = "postgresql://app:x@db/app"')
    assert codes_of(write(tmp_path, text)) == ("settings.secret-in-git",)


def test_an_unknown_store_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="known are `main`"):
        load_settings(write(tmp_path, GOOD), {}).get_store("mian")


OUTGOING = (
    GOOD
    + """
[contact]
email = "privacy@acme.example"
[mail]
live = true
domains = ["Example.COM"]
per_hour = 7
[law]
default = "uk"
profiles = ["eu"]
holidays = [2026-12-25, "2026-12-28"]
confirmed = ["uk.counting"]
[law.fee]
amount = "20.00"
currency = "USD"
[law.days]
eu = 21
[law.zones]
eu = "Europe/Lisbon"
[sealing]
key = "keys/seal.key"
"""
)


def test_mail_and_law_are_read_with_their_defaults(tmp_path: Path) -> None:
    settings = load_settings(
        write(tmp_path, OUTGOING), {"AVOW_SMTP_HOST": "mail.example", "AVOW_SMTP_PASSWORD": "hunter2"}
    )
    mail, law = settings.mail, settings.law
    assert (mail.live, mail.sender, mail.domains, mail.per_hour, mail.approve_above) == (
        True,
        "privacy@acme.example",
        ("example.com",),
        7,
        20,
    )
    assert (mail.smtp.host, mail.smtp.port, mail.smtp.tls) == ("mail.example", 587, "starttls")
    assert (law.default, law.profiles, law.days, law.zones) == ("uk", ("eu",), {"eu": 21}, {"eu": "Europe/Lisbon"})
    assert law.holidays == (date(2026, 12, 25), date(2026, 12, 28))
    assert settings.sealing_key == tmp_path.resolve() / "keys" / "seal.key"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("desk", ["centre", "console"])
def test_each_desk_speaks_every_language_unless_somebody_chooses(tmp_path: Path, desk: str) -> None:
    assert getattr(load_settings(write(tmp_path, GOOD), {}), desk).languages == ("en", "ar")
    chosen = load_settings(write(tmp_path, f'{GOOD}[{desk}]\nlanguages = ["ar"]\n'), {})
    assert getattr(chosen, desk).languages == ("ar",)
    assert codes_of(write(tmp_path, f'{GOOD}[{desk}]\nlanguages = ["fr"]\n')) == ("settings.bad-value",)


def test_mail_is_not_live_unless_somebody_says_so(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD), {})
    assert not settings.mail.live
    assert settings.mail.sink == ""


@pytest.mark.parametrize(
    ("key", "value"), [("AVOW_SMTP_PORT", "none"), ("AVOW_SMTP_PORT", "70000"), ("AVOW_SMTP_TLS", "maybe")]
)
def test_a_mail_server_that_cannot_be_is_refused(tmp_path: Path, key: str, value: str) -> None:
    assert codes_of(write(tmp_path, GOOD), {key: value}) == ("settings.bad-value",)


@pytest.mark.parametrize(
    "text", ['[law]\nholidays = ["Christmas"]', "[law]\nholidays = 5", "[mail]\nper_hour = 0", "[law.days]\neu = -1"]
)
def test_a_number_or_a_day_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    assert codes_of(write(tmp_path, f"{GOOD}\n{text}\n")) == ("settings.bad-value",)
