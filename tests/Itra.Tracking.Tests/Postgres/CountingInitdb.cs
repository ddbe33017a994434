using Itra.Tracking.Postgres;

namespace Itra.Tracking.Tests.Postgres;

/// <summary>The real programs, with a tally of how often initdb ran.</summary>
internal sealed class CountingInitdb
{
    private readonly string folder;
    private readonly string tally;

    public CountingInitdb(string below)
    {
        var real = PostgresBinaries.Find(System.Environment.GetEnvironmentVariable);
        (folder, tally) = (Path.Combine(below, "bin"), Path.Combine(below, "tally"));
        Directory.CreateDirectory(folder);
        File.WriteAllText(tally, "");
        File.SetUnixFileMode(tally, (UnixFileMode)0b110_110_110);
        foreach (var program in (string[])["pg_ctl", "postgres"]) File.CreateSymbolicLink(Path.Combine(folder, program), real[program]);
        var initdb = Path.Combine(folder, "initdb");
        File.WriteAllText(initdb, $"#!/bin/sh\necho once >> {tally}\nexec {real["initdb"]} \"$@\"\n");
        File.SetUnixFileMode(initdb, (UnixFileMode)0b111_101_101);
    }

    public int Count => File.ReadAllLines(tally).Length;

    public string? Environment(string name) => name == "ITRA_PG_BIN" ? folder : System.Environment.GetEnvironmentVariable(name);
}
