using System.CommandLine;

namespace Itra.Cli.Sweeps;

/// <summary>What commands on recipes have in common.</summary>
internal static class SweepOptions
{
    public static Option<string[]> Set() => new("--set") { Description = "key=value: a setting for every trial; may be given several times" };
}
