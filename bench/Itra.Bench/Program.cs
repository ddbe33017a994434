using Itra.Bench;

// dotnet run -c Release --project bench/Itra.Bench -- step RN50 8 2
switch (args)
{
    case ["step", var model, var batch, var threads, .. var rest]:
        StepBench.Run(model, int.Parse(batch), int.Parse(threads), steps: 3, average: rest.Contains("ema"), precision: rest.Contains("amp") ? "amp" : "fp32", lines: rest.Contains("lines"));
        return 0;
    case ["optimizer", var model, var threads, .. var rest]:
        StepBench.RunOptimizer(model, int.Parse(threads), steps: 5, lines: rest.Contains("lines"));
        return 0;
    case ["decode", var folder, .. var rest]:
        DataBench.RunDecode(folder, turboJpeg: !rest.Contains("vips"), portable: rest.Contains("portable"));
        return 0;
    case ["tokens", var vocabulary, var captions]:
        DataBench.RunTokens(vocabulary, captions);
        return 0;
    case ["tracking", var folder]:
        await TrackingBench.RunAsync(Path.GetFullPath(folder));
        return 0;
    case ["audit", var folder, .. var rest]:
        await AuditBench.RunAsync(Path.GetFullPath(folder), runs: rest is [var runs, ..] ? int.Parse(runs) : 100_000, events: rest is [_, var events] ? int.Parse(events) : 1_000_000);
        return 0;
    case ["store", var folder, .. var rest]:
        await StoreBench.RunAsync(Path.GetFullPath(folder), runs: rest is [var many, ..] ? int.Parse(many) : 100_000);
        return 0;
    case ["load", var folder, .. var rest]:
        await LoadBench.RunAsync(Path.GetFullPath(folder), seconds: rest is [var seconds, ..] ? int.Parse(seconds) : 300, runs: rest is [_, var count] ? int.Parse(count) : 64);
        return 0;
    case ["portable", var folder]:
        await PortableBench.RunAsync(Path.GetFullPath(folder));
        return 0;
    default:
        Console.Error.WriteLine("usage: step MODEL BATCH THREADS [ema] [amp] | optimizer MODEL THREADS (see step/run.py) | decode FOLDER [vips] [portable] (see decode/run.py) | tokens VOCABULARY CAPTIONS_JSON | tracking EMPTY_FOLDER | load EMPTY_FOLDER [SECONDS RUNS] | portable EMPTY_FOLDER | audit EMPTY_FOLDER [RUNS EVENTS] | store FOLDER [RUNS]");
        return 2;
}
