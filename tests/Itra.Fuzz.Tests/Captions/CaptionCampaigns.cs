namespace Itra.Fuzz.Tests.Captions;

[Trait("Category", "Fuzz")]
public class CsvCampaign
{
    [Fact]
    public void Damaged_csv_files_are_read_or_refused() => new Campaign("csv", new CsvParser()).Run();
}

[Trait("Category", "Fuzz")]
public class CocoCampaign
{
    [Fact]
    public void Damaged_coco_annotations_are_read_or_refused()
    {
        using var parser = new CocoParser();
        new Campaign("coco", parser).Run();
    }
}
