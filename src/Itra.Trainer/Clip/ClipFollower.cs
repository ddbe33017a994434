using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Data;
using Itra.Trainer.Distributed;
using Itra.Trainer.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>Trains along with process 0, which alone records, evaluates and writes files: what it orders is done here with this process's share of the pairs.</summary>
internal sealed class ClipFollower(string modelsFolder, string cacheFolder, OpenRunLog openLog, Rendezvous rendezvous)
{
    /// <param name="own">What this process was started with; null to take what process 0 has.</param>
    /// <returns>Whether process 0 was done, or stopped because somebody asked for it.</returns>
    /// <exception cref="RankFailedException">Another process cannot go on.</exception>
    /// <exception cref="UserErrorException">This one cannot take part.</exception>
    public RunStatus Follow(ClipConfig? own, CancellationToken cancellation)
    {
        var place = rendezvous.Place;
        var log = openLog(null);
        var (team, plan) = rendezvous.Follow(own?.ToDictionary(), invitation => ClipPlan.MakeFollowing(own ?? Taken(invitation), modelsFolder, place), cancellation);
        using var processes = team;
        using var asking = cancellation.Register(processes.AskToStop);
        log.Warn($"process {place.Process} of {place.Processes} follows process 0 on {processes.Invitation.Peers[0].Host}, which records");
        try
        {
            return Follow(plan, processes, log) ? RunStatus.Cancelled : RunStatus.Completed;
        }
        catch (Exception e) when (e is not RankFailedException)
        {
            processes.Abandon(e.Message);
            throw;
        }
    }

    /// <returns>Whether somebody has asked to stop.</returns>
    private bool Follow(ClipPlan plan, ProcessTeam processes, IRunLog log)
    {
        var begin = processes.Next();
        if (begin.Kind == OrderKind.End) return begin.Cancelled;
        var (config, _, model, data, _, loader) = plan;
        if (data.Train is null || loader is null) throw new InvalidDataException("there is nothing to train on here");
        if (begin.Listing != data.Train.ListingDigest())
            throw new UserErrorException($"{data.Train.Name} has other images or captions on {Environment.MachineName} than where process 0 is: give all machines the same data");

        var threads = config.Threads > 0 ? config.Threads : Environment.ProcessorCount;
        set_num_threads(threads);
        using var weights = ModelTensors.Create(model.Plan, config.Seed);
        if (config.CacheFrozen) weights.TakeFromFirst(processes.Link);
        if (plan.Devices[0].type == DeviceType.CUDA) GpuArithmetic.Set(config.Tf32, config.Deterministic);
        weights.MoveTo(plan.Devices[0]);
        var (ranks, group) = Ranks.Join(plan.Devices, processes.Link);
        using var devices = new DeviceTeam(ranks, group, Math.Max(1, threads / plan.Devices.Count), plan.Devices);
        var frozen = new FrozenTowers(model, weights, config, data.Tokenizer, cacheFolder, log, devices);
        using var inputs = new StepInputs(data.Train, begin.Data!, frozen, processes.Failed);
        using var team = LearnerTeam.Of(plan, devices, weights, frozen);
        using var batches = new BatchSequence(loader);
        while (true)
        {
            switch (processes.Next())
            {
                case { Kind: OrderKind.Step } order:
                    using (var batch = batches.Take(order.Epoch, order.Batch)) team.Step(device => inputs.Of(batch, plan.Devices[device], device, team.Devices), order.Step);
                    break;
                case { Kind: OrderKind.TellSkipped } order:
                    processes.Answer(loader.SkippedIn(order.Epoch, order.Batch).ToList());
                    break;
                case { Kind: OrderKind.End } order:
                    return order.Cancelled;
                case var order:
                    throw new InvalidDataException($"an order to {order.Kind} in the middle of training");
            }
        }
    }

    /// <summary>Process 0's settings, which may name files from where it was started.</summary>
    private static ClipConfig Taken(Invitation invitation)
    {
        if (Directory.Exists(invitation.WorkingDirectory)) Environment.CurrentDirectory = invitation.WorkingDirectory;
        return ClipConfig.Parse(invitation.Settings);
    }

    /// <summary>The batches that are asked for, which mostly follow each other.</summary>
    private sealed class BatchSequence(PairLoader loader) : IDisposable
    {
        private IEnumerator<PairBatch>? batches;
        private (int Epoch, int Batch) next;

        /// <returns>Whoever takes it disposes it.</returns>
        public PairBatch Take(int epoch, int batch)
        {
            if (batches is null || next != (epoch, batch))
            {
                batches?.Dispose();
                batches = loader.Epoch(epoch, batch).GetEnumerator();
            }
            next = (epoch, batch + 1);
            return batches.MoveNext() ? batches.Current : throw new InvalidDataException($"epoch {epoch} has no batch {batch} here");
        }

        public void Dispose() => batches?.Dispose();
    }
}
