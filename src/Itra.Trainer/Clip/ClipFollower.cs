using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Data;
using Itra.Trainer.Distributed;
using Itra.Trainer.Evaluation;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>Trains and evaluates along with process 0, which alone records and writes files: what it orders is done here with this process's share of the data.</summary>
internal sealed class ClipFollower(string modelsFolder, string cacheFolder, OpenRunLog openLog, TimeProvider clock, Rendezvous rendezvous)
{
    /// <param name="own">What this process was started with; null to take what process 0 has.</param>
    /// <param name="logsLocally">Writes what concerns this process to a file of its own, too.</param>
    /// <returns>Whether process 0 was done, or stopped because somebody asked for it.</returns>
    /// <exception cref="RankFailedException">Another process cannot go on.</exception>
    /// <exception cref="UserErrorException">This one cannot take part.</exception>
    public RunStatus Follow(ClipConfig? own, bool logsLocally, CancellationToken cancellation)
    {
        var place = rendezvous.Place;
        var (team, plan) = rendezvous.Follow(own?.ToDictionary(), invitation =>
        {
            var made = ClipPlan.MakeFollowing(own ?? Taken(invitation), modelsFolder, place);
            Admission.MustComputeOn(made.Devices[0].type, place.Process, invitation);
            return made;
        }, cancellation);
        using var processes = team;
        var log = openLog(logsLocally ? RunFolder.LogOf(plan.Config.Logs, processes.Invitation.Settings["name"], place.Process) : null);
        using var asking = cancellation.Register(processes.AskToStop);
        log.Warn($"process {place.Process} of {place.Processes} follows process 0 on {processes.Invitation.Peers[0].Host}, which records");
        try
        {
            return Follow(plan, processes, log) ? RunStatus.Cancelled : RunStatus.Completed;
        }
        catch (OperationCanceledException) when (processes.Interrupted.IsCancellationRequested && processes.Failure is null)
        {
            // Before training had begun.
            return RunStatus.Cancelled;
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
        var sets = begin.Sets!;
        MustHave(sets, data);

        var threads = config.Threads > 0 ? config.Threads : Environment.ProcessorCount;
        set_num_threads(threads);
        using var weights = ModelTensors.Create(model.Plan, config.Seed);
        if (plan.SharesWeightsAtOnce) weights.TakeFromFirst(processes.Link);
        using var devices = plan.Join(weights, threads, processes.Link);
        var frozen = new FrozenTowers(model, weights, config, data.Tokenizer, cacheFolder, log, devices);
        var evaluations = Evaluations.Of(model, data, sets.ToDictionary(s => s.Key, s => s.Value.Digest), frozen, config, clock);
        using var inputs = data.Train is null ? null : new StepInputs(data.Train, sets[ClipData.TrainRole].Digest, frozen, processes.Interrupted);
        using var team = loader is null ? null : LearnerTeam.Of(plan, devices, weights, frozen);
        using var batches = loader is null ? null : new BatchSequence(loader);
        using var trained = team?.Evaluated ?? Replicas.Copy(weights, devices);
        ModelTensors? mixture = null;
        try
        {
            while (true)
            {
                switch (processes.Next())
                {
                    case { Kind: OrderKind.Step } order:
                        using (var batch = batches!.Take(order.Epoch, order.Batch)) team!.Step(device => inputs!.Of(batch, plan.Devices[device], device, team.Devices), order.Step);
                        break;
                    case { Kind: OrderKind.TellSkipped } order:
                        processes.Answer(loader!.NumbersSkippedIn(order.Epoch, order.Batch));
                        break;
                    case { Kind: OrderKind.TakeMixture }:
                        mixture ??= weights.Clone();
                        mixture.TakeFromFirst(processes.Link);
                        break;
                    case { Kind: OrderKind.Evaluate } order:
                        Evaluate(evaluations[order.Evaluation], order.OfMixture ? mixture! : null);
                        break;
                    case { Kind: OrderKind.End } order:
                        return order.Cancelled;
                    case var order:
                        throw new InvalidDataException($"an order to {order.Kind} in the middle of training");
                }
            }
        }
        finally
        {
            mixture?.Dispose();
        }

        void Evaluate(IEvaluation evaluation, ModelTensors? mixture)
        {
            using var mixed = mixture is null ? null : Replicas.Copy(mixture, devices);
            try
            {
                evaluation.Evaluate(mixed ?? trained, epoch: 0, label: "", processes.Interrupted);
            }
            catch (OperationCanceledException)
            {
                // Given up everywhere. What comes next process 0 says, if it can.
                processes.ThrowIfFailed();
            }
        }
    }

    private static void MustHave(IReadOnlyDictionary<string, SharedSet> sets, ClipData data)
    {
        var own = data.Listings();
        if (sets.FirstOrDefault(s => own.GetValueOrDefault(s.Key) != s.Value.Listing).Key is { } role)
            throw new UserErrorException($"the {role} set has other images or texts on {Environment.MachineName} than where process 0 is: give all machines the same data");
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
