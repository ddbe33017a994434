using Itra.Domain.Artifacts;
using Itra.Domain.Training;

namespace Itra.Domain.Tests.Training;

public class FileListingTests
{
    private static ListedFile File(string name, char digest = 'a', long bytes = 3) => new(name, new Artifact(new string(digest, 64), bytes));

    [Fact]
    public void A_listing_comes_back_from_its_text_also_with_tabs_in_names_and_missing_files()
    {
        FileListing listing = new([File("train/a.jpg"), File("odd\tname.png", 'b', 12), new("gone.jpg", null)]);
        using var text = new MemoryStream(listing.ToBytes());
        Assert.Equal(listing.Files, FileListing.Read(text).Files);
    }

    [Fact]
    public void Changed_missing_and_new_files_are_told_apart_and_equal_ones_not_mentioned()
    {
        FileListing then = new([File("same"), File("changed"), File("deleted"), File("emptied", 'e', 0), new("came back", null), new("never there", null)]);
        FileListing now = new([File("same"), File("changed", 'b'), File("emptied", 'e', 0), File("came back"), File("added"), new("never there", null)]);
        Assert.Equal(
            [new("changed", FileFate.Changed), new("deleted", FileFate.Missing), new("came back", FileFate.New), new("added", FileFate.New)],
            then.ChangesTo(now));
    }

    [Fact]
    public void A_file_that_can_no_longer_be_read_counts_as_missing() =>
        Assert.Equal([new FileChange("a", FileFate.Missing)], new FileListing([File("a")]).ChangesTo(new FileListing([new ListedFile("a", null)])));

    [Fact]
    public void What_is_no_line_of_a_listing_is_refused()
    {
        using var text = new MemoryStream("just a name\n"u8.ToArray());
        Assert.Throws<FormatException>(() => FileListing.Read(text));
    }
}
