using Itra.Bench;
using Itra.Trainer.Native;

// dotnet run -c Release --project bench/Itra.Bench -- step RN50 8 2
TorchLibraries.MustBeUsable();
switch (args)
{
    case ["step", var model, "turns", var threads, .. var rest]:
        StepBench.TakeTurns(model, int.Parse(threads), rest.Contains("ema"), Precision(rest));
        return 0;
    case ["step", var model, var batch, var threads, .. var rest]:
        StepBench.Run(model, int.Parse(batch), int.Parse(threads), rest.Contains("ema"), Precision(rest));
        return 0;
    case ["first", var model, var batch, var threads]:
        StepBench.RunFirst(model, int.Parse(batch), int.Parse(threads));
        return 0;
    case ["optimizer", var model, "turns", var threads]:
        StepBench.TakeOptimizerTurns(model, int.Parse(threads));
        return 0;
    case ["optimizer", var model, var threads]:
        StepBench.RunOptimizer(model, int.Parse(threads));
        return 0;
    case ["collectives", var processes, var megabytes, .. var rest]:
        CollectivesBench.Run(int.Parse(processes), int.Parse(megabytes), port: rest is [var at, ..] ? int.Parse(at) : 29500);
        return 0;
    case ["decode", var folder, .. var rest]:
        DataBench.TakeDecodeTurns(folder, turboJpeg: !rest.Contains("vips"), portable: rest.Contains("portable"));
        return 0;
    case ["tokens", var vocabulary, var captions]:
        DataBench.TakeTokenTurns(vocabulary, captions);
        return 0;
    case ["loader", var vocabulary, var folder, var samples]:
        DataBench.TakeLoaderTurns(vocabulary, folder, int.Parse(samples));
        return 0;
    case ["retrieval", var folder, var width, var threads]:
        RetrievalBench.TakeTurns(folder, int.Parse(width), int.Parse(threads));
        return 0;
    case ["checkpoint", var model, var path]:
        CheckpointBench.TakeTurns(model, path);
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
        Console.Error.WriteLine("""
            usage: collectives PROCESSES MEGABYTES [PORT] | step MODEL BATCH THREADS [ema] [amp] | optimizer MODEL THREADS | tracking EMPTY_FOLDER | load EMPTY_FOLDER [SECONDS RUNS]
                   portable EMPTY_FOLDER | audit EMPTY_FOLDER [RUNS EVENTS] | store FOLDER [RUNS]
            asked by bench/side-by-side: first, decode, tokens, loader, retrieval, checkpoint
            """);
        return 2;
}

static string Precision(string[] rest) => rest.Contains("amp") ? "amp" : "fp32";
