"""The reading rules: tickets digit by digit, counters as whole numbers (domain: announcements)."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.announce import (
    LETTERS,
    Announcement,
    announcement,
    notice,
    number_pieces,
    number_vocabulary,
    pause_s,
    phrases,
    plain,
    vocabulary,
)
from server.branchfile import load
from server.branchfile.schema import PREFIXES
from server.domain.announcements import USUAL, Sentence, templates
from server.domain.hall import Voice
from server.domain.reading import (
    LETTERS_VI,
    number_words,
    number_words_en,
    ticket_words,
    ticket_words_en,
)
from server.domain.text import Text

DEMO = Path(__file__).parents[2] / "deploy" / "branches" / "long-bien.toml"

GOLDEN = [
    ("000", "không, không, không", "không"),
    ("001", "không, không, một", "một"),
    ("004", "không, không, bốn", "bốn"),
    ("005", "không, không, năm", "năm"),
    ("010", "không, một, không", "mười"),
    ("011", "không, một, một", "mười một"),
    ("015", "không, một, năm", "mười lăm"),
    ("021", "không, hai, một", "hai mươi mốt"),
    ("024", "không, hai, bốn", "hai mươi tư"),
    ("025", "không, hai, năm", "hai mươi lăm"),
    ("101", "một, không, một", "một trăm linh một"),
    ("105", "một, không, năm", "một trăm linh năm"),
    ("110", "một, một, không", "một trăm mười"),
    ("111", "một, một, một", "một trăm mười một"),
    ("115", "một, một, năm", "một trăm mười lăm"),
    ("121", "một, hai, một", "một trăm hai mươi mốt"),
    ("125", "một, hai, năm", "một trăm hai mươi lăm"),
    ("999", "chín, chín, chín", "chín trăm chín mươi chín"),
]

DEMO_LETTERS = [
    ("A", "a"),
    ("B", "bê"),
    ("C", "xê"),
    ("D", "dê"),
    ("E", "e"),
    ("H", "hát"),
    ("K", "ca"),
    ("L", "e-lờ"),
    ("M", "em-mờ"),
    ("R", "e-rờ"),
]

# fmt: off
COUNTERS = [
    "một", "hai", "ba", "bốn", "năm",
    "sáu", "bảy", "tám", "chín", "mười",
    "mười một", "mười hai", "mười ba", "mười bốn", "mười lăm",
    "mười sáu", "mười bảy", "mười tám", "mười chín", "hai mươi",
    "hai mươi mốt", "hai mươi hai", "hai mươi ba", "hai mươi tư", "hai mươi lăm",
    "hai mươi sáu", "hai mươi bảy", "hai mươi tám", "hai mươi chín", "ba mươi",
]
# fmt: on


@pytest.mark.parametrize(("letter", "name"), DEMO_LETTERS)
@pytest.mark.parametrize(("digits", "spoken", "_number"), GOLDEN)
def test_ticket_is_the_letter_and_then_its_digits(
    digits: str, spoken: str, _number: str, letter: str, name: str
) -> None:
    assert ", ".join(ticket_words(letter + digits)) == f"{name}, {spoken}"


@pytest.mark.parametrize(("digits", "_spoken", "as_number"), GOLDEN)
def test_whole_numbers(digits: str, _spoken: str, as_number: str) -> None:
    assert number_words(int(digits)) == as_number


@pytest.mark.parametrize(("number", "spoken"), list(enumerate(COUNTERS, start=1)))
def test_counters_one_to_thirty(number: int, spoken: str) -> None:
    assert number_words(number) == spoken
    assert call("A001", number).text_vi.endswith(f"đến quầy số {spoken}.")


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        ("A001", "a, không, không, một"),
        ("B105", "bê, một, không, năm"),
        ("C021", "xê, không, hai, một"),
        ("R115", "e-rờ, một, một, năm"),
    ],
)
def test_whole_tickets(number: str, spoken: str) -> None:
    assert ", ".join(ticket_words(number)) == spoken


def test_no_two_numbers_sound_alike() -> None:
    assert len({number_words(n) for n in range(1000)}) == 1000
    assert len({number_words_en(n) for n in range(1000)}) == 1000


def test_counting_words_never_reach_a_ticket() -> None:
    counting = {"mốt", "lăm", "tư", "mười", "mươi", "linh", "trăm"}
    for n in range(1000):
        assert not counting & set(ticket_words(f"B{n:03}"))


def test_every_letter_has_its_own_name() -> None:
    assert len(set(LETTERS_VI.values())) == len(LETTERS_VI)
    assert ticket_words("Đ007") == ["đê", "không", "không", "bảy"]
    assert ticket_words("b027") == ticket_words("B027")


def call(number: str, counter: int) -> Announcement:
    return announcement(Sentence.CALL, number=number, counter=counter, times=1)


def recall(number: str, counter: int, times: int) -> Announcement:
    return announcement(Sentence.RECALL, number=number, counter=counter, times=times)


def test_call_sentences() -> None:
    said = call("A001", 5)
    assert said.text_vi == ("Kính mời công dân có số thứ tự a, không, không, một, đến quầy số năm.")
    assert said.text_en == "Number A zero zero one, please proceed to counter five."
    assert said.words_vi == [
        "kính mời công dân có số thứ tự",
        "a",
        "không",
        "không",
        "một,",
        "đến quầy số",
        "năm.",
    ]
    assert said.words_en == [
        "number",
        "A",
        "zero",
        "zero",
        "one,",
        "please proceed to counter",
        "five.",
    ]


def test_recall_says_that_it_is_one() -> None:
    second = recall("B105", 12, 2)
    assert second.text_vi == (
        "Nhắc lại lần hai. "
        "Kính mời công dân có số thứ tự bê, một, không, năm, đến quầy số mười hai."
    )
    assert second.text_en.startswith("Repeating. Number B one zero five")
    assert second.words_vi[:2] == ["nhắc lại lần", "hai."]
    assert recall("B105", 12, 4).words_vi[1] == "bốn."


#: The sentences of domain.md §14, and what is said of 12, 21 and 15 in them.
SENTENCES = {
    Sentence.LAST_CALL: "Đây là lần gọi cuối. Nếu vắng mặt, số của Quý công dân sẽ được tạm giữ."
    " Vui lòng liên hệ bàn hướng dẫn.",
    Sentence.FORWARD: "Số thứ tự xê, không, một, hai, kính mời Quý công dân chuyển đến quầy số"
    " hai mươi mốt để tiếp tục. Quý công dân không cần lấy lại số.",
    Sentence.PAUSE: "Quầy số hai mươi mốt tạm dừng phục vụ."
    " Quý công dân vui lòng chờ trong giây lát.",
    Sentence.CLOSING: "Còn mười lăm phút nữa hết giờ nhận số."
    " Quý công dân đang chờ vẫn được phục vụ theo thứ tự.",
    Sentence.OUTAGE: "Hệ thống gọi số đang gián đoạn."
    " Quý công dân vui lòng theo dõi thông báo của cán bộ hướng dẫn.",
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_the_other_sentences(kind: Sentence) -> None:
    said = announcement(kind, number="C012", counter=21, minutes=15)
    assert said.text_vi == SENTENCES[kind]


@pytest.mark.parametrize("kind", Sentence)
def test_the_words_are_the_sentence(kind: Sentence) -> None:
    """Nothing of the text is lost or added on the way to the clips."""
    said = announcement(kind, number="C012", counter=121, times=3, minutes=15)
    for text, words in ((said.text_vi, said.words_vi), (said.text_en, said.words_en)):
        assert bare(" ".join(words)) == bare(text.replace("-", " ") if words[0].isascii() else text)


def bare(text: str) -> str:
    return re.sub(r"[.,]", "", text).replace("e-lờ", "e lờ").lower()


def test_a_word_tells_how_it_ends() -> None:
    assert [plain(w) for w in ("năm.", "một,", "hai")] == ["năm", "một", "hai"]
    assert pause_s("hai") < pause_s("một,") < pause_s("năm.")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_ticket_and_counter_is_made_of_words_of_the_vocabulary(language: str) -> None:
    known = set(vocabulary(language))
    for n in range(1, 1000):
        said = announcement(
            Sentence.RECALL, number=f"{LETTERS[n % len(LETTERS)]}{n:03}", counter=n, times=n
        )
        words = said.words_vi if language == "vi" else said.words_en
        assert not [w for w in words if w not in known and not (w[-1] == "," and w[:-1] in known)]
        if w := words[-1]:
            assert w in known, "the last word has a falling clip"


@given(
    kind=st.sampled_from(Sentence),
    letter=st.sampled_from(LETTERS),
    number=st.integers(1, 999),
    counter=st.integers(1, 999),
    times=st.integers(1, 99),
    minutes=st.integers(1, 120),
)
def test_no_sentence_leaves_the_vocabulary(
    kind: Sentence, letter: str, number: int, counter: int, times: int, minutes: int
) -> None:
    ticket = f"{letter}{number:03}"
    said = announcement(kind, number=ticket, counter=counter, times=times, minutes=minutes)
    for language, words in (("vi", said.words_vi), ("en", said.words_en)):
        known = set(vocabulary(language))
        assert all(word in known or plain(word) in known for word in words)


def test_every_letter_of_a_branch_file_can_be_said() -> None:
    assert LETTERS == PREFIXES


def test_the_size_of_a_recording_session() -> None:
    assert len(vocabulary("vi")) == 89
    assert len(phrases("vi", templates())) == 23
    assert not any(c.isdigit() for word in vocabulary("vi") for c in word)


def test_numbers_are_cut_into_clips() -> None:
    assert number_pieces(105, "vi") == ["một", "trăm", "linh", "năm"]
    assert number_pieces(54, "vi") == ["năm mươi", "tư"]
    assert number_pieces(115, "en") == ["one", "hundred", "and", "fifteen"]
    for language in ("vi", "en"):
        known = number_vocabulary(language)
        assert all(piece in known for n in range(1000) for piece in number_pieces(n, language))


def test_a_free_notice_is_one_word_that_only_a_synthesiser_can_say() -> None:
    said = notice(Text(vi="Quầy 5 nghỉ đến 10:30", en="Counter 5 is closed until 10:30"))
    assert said.words_vi == ["Quầy năm nghỉ đến mười giờ ba mươi phút"]
    assert said.words_en == ["Counter five is closed until ten thirty"]
    assert notice(Text(vi="Quầy mở lại")).words_en == []


def test_a_branch_has_its_own_words() -> None:
    own = Text(vi="Mời số {number}, đến quầy số {counter}.")
    branch = replace(load(DEMO), voice=Voice(sentences=(("call", own),)))
    said = announcement(Sentence.CALL, number="B105", counter=12, catalogue=branch)
    assert said.text_vi == "Mời số bê, một, không, năm, đến quầy số mười hai."
    assert said.words_en == [], "a branch without an English sentence says none"
    pause = announcement(Sentence.PAUSE, counter=3, catalogue=branch)
    assert pause.text_vi.startswith("Quầy số ba tạm dừng"), "the others are the usual ones"
    assert "mời số" in phrases("vi", templates(branch))


def test_the_printed_number_is_never_in_the_sentence() -> None:
    for kind in Sentence:
        said = announcement(kind, number="A001", counter=5, times=2, minutes=5)
        spoken = [said.text_vi, said.text_en, *said.words_vi, *said.words_en]
        assert not any("A001" in s or any(c.isdigit() for c in s) for s in spoken)
    assert set(USUAL) == set(Sentence)


@pytest.mark.parametrize("number", ["", "A", "12A", "A-01", "A0 1", "?001"])
def test_what_nobody_could_read_aloud_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="is not a ticket number"):
        ticket_words(number)


@pytest.mark.parametrize("n", [-1, 1000])
def test_numbers_have_limits(n: int) -> None:
    for words in (number_words, number_words_en):
        with pytest.raises(ValueError, match="is outside"):
            words(n)


def test_english() -> None:
    assert [number_words_en(n) for n in (0, 7, 10, 13, 20, 21, 100, 105, 999)] == [
        "zero",
        "seven",
        "ten",
        "thirteen",
        "twenty",
        "twenty-one",
        "one hundred",
        "one hundred and five",
        "nine hundred and ninety-nine",
    ]
    assert ticket_words_en("R115") == ["R", "one", "one", "five"]
