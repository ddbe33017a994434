namespace Itra.Fuzz.Tests.Weights;

[Trait("Category", "Fuzz")]
public class SafeTensorsCampaign
{
    [Fact]
    public void Damaged_safetensors_are_read_or_refused() => new Campaign("safetensors", new SafeTensorsParser()).Run();
}

[Trait("Category", "Fuzz")]
public class TorchCampaign
{
    [Fact]
    public void Damaged_archives_of_torch_are_read_or_refused() => new Campaign("torch", new TorchParser()).Run();

    [Fact]
    public void Damaged_pickles_are_read_or_refused() => new Campaign("pickle", new PickleParser()).Run();
}
