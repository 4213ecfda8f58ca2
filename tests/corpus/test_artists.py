import pytest

from muso.corpus.artists import one_artist


@pytest.mark.parametrize(
    "names",
    [
        ["The Beatles", "Beatles, The", "Beatles", "BEATLES", "The Beatles & Billy Preston"],
        ["Eric Clapton", "Clapton, Eric", "Clapton, Eric & King, B.B.", "Eric Clapton, B.B. King"],
        ["Jay-Z", "JAY Z & Kanye West", "Jay-Z with Linkin Park", "Jay-Z/Linkin Park", "Jay-Z, Nas",
         "Jay-Z x Nas", "Jay-Z vs. Danger Mouse", "Jay-Z (with Alicia Keys)"],
        ["Bruce Springsteen", "Bruce Springsteen & The E Street Band"],
        ["Simon & Garfunkel", "Simon and Garfunkel"],
        ["Earth, Wind & Fire", "Earth Wind and Fire"],
        ["AC/DC", "ACDC", "AC-DC"],
        ["Crosby, Stills & Nash", "Crosby, Stills, Nash & Young"],
        ["Nick Cave & The Bad Seeds", "Nick Cave", "Nick Cave and the Bad Seeds"],
        ["Tyler, The Creator", "Tyler the Creator"],
        ["Lil Nas X", "Lil Nas X & Jack Harlow", "Lil Nas X and Billy Ray Cyrus"],
        ["Sigur Rós", "Sigur Ros"],
        ["Queen", "Various Artists/Queen"],
    ],
    ids=lambda names: names[0],
)  # fmt: skip
def test_names_of_one_artist_are_one(names):
    assert len(set(one_artist(names).values())) == 1


def test_names_of_others_stay_apart():
    names = [
        "Simon & Garfunkel", "Paul Simon", "Peter, Paul and Mary", "Peter Gabriel", "Kanye West",
        "The The", "The Band", "Malcolm X", "X", "X Ambassadors", "Andy Williams", "Withered Hand",
        "Patti Smith", "The Smiths", "!!!", "+/-",
    ]  # fmt: skip
    assert one_artist(names) == {name: name for name in names}


def test_an_artist_goes_by_the_commonest_spelling():
    names = ["Beatles, The", "The Beatles", "The Beatles", "BEATLES"]
    assert set(one_artist(names).values()) == {"The Beatles"}
    assert one_artist(reversed(names)) == one_artist(names)
    assert one_artist([]) == {}
