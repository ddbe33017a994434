using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Bench;

/// <summary>A checkpoint with its optimizer, to disk and back; the line says "save" or "load".</summary>
internal static class CheckpointBench
{
    public static void TakeTurns(string model, string path)
    {
        using var trainee = new Trainee(model, Environment.ProcessorCount);
        trainee.Learner.Parameters.Gradient.normal_(0, 1e-3);
        trainee.Learner.Optimizer.Step(1e-5);
        var resuming = ClipConfig.Parse(new Dictionary<string, string>(trainee.Config.ToDictionary()) { ["resume"] = path });
        Turns.Take(line =>
        {
            if (line == "save") return $"{Checkpoint.Write(path, trainee.Learner, trainee.Config, new CheckpointPosition(1, EpochPart.None, 10, 10, 10)).Bytes}";
            if (line != "load") throw new UserErrorException($"'{line}' is neither save nor load");
            using var start = StartingCheckpoint.Open(resuming)!;
            start.CopyTo(trainee.Weights, trainee.Model.Activations);
            start.CopyTo(trainee.Learner, batchesPerEpoch: 10);
            return null;
        });
    }
}
