from muso.corpus.pictures import picture_of


def test_a_track_has_its_picture_in_the_folder_of_its_label(tmp_path):
    picture = tmp_path / "spectrograms" / "blues" / "blues.00000.png"
    picture.parent.mkdir(parents=True)
    picture.touch()
    assert picture_of(str(tmp_path), "blues", "blues.00000") == str(picture)
    assert picture_of(str(tmp_path), "rock", "blues.00000") == ""
    assert picture_of(str(tmp_path), "blues", "") == ""
    assert picture_of(str(tmp_path), "", "blues.00000") == ""
