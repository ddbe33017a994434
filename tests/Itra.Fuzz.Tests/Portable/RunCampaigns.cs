namespace Itra.Fuzz.Tests.Portable;

[Trait("Category", "Fuzz")]
public class RunFileCampaign
{
    [Fact]
    public void Damaged_run_files_are_refused() => new Campaign("run-file", new RunFileParser()).Run(leastAccepted: 1);

    [Fact]
    public void Damaged_events_under_a_sound_chain_are_read_or_refused() => new Campaign("run-events", new RunEventsParser()).Run();
}

[Trait("Category", "Fuzz")]
public class RunPackageCampaign
{
    [Fact]
    public void Damaged_packages_are_read_or_refused() => new Campaign("run-package", new RunPackageParser()).Run();
}
