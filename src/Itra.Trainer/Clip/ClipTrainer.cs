using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Data;
using Itra.Trainer.Distributed;
using Itra.Trainer.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>Fine-tunes CLIP on images and captions: ITRA's main loop, from top to bottom.</summary>
internal sealed class ClipTrainer(string modelsFolder, string cacheFolder, OpenRunLog openLog, TimeProvider clock, Rendezvous? rendezvous = null) : ITrainer
{
    private const int LogEvery = 10;

    public string Name => "clip";

    public IEnumerable<RunCommand> Train(RunSpec spec, Continuation? from, CancellationToken cancellation)
    {
        var config = ClipConfig.Parse(spec.Config);
        try
        {
            var plan = ClipPlan.Make(config, from, modelsFolder, rendezvous?.Place ?? WorldPlace.Alone);
            return rendezvous is null or { Place.IsAlone: true } ? Train(plan, null, cancellation) : Lead(plan, rendezvous.Lead(config.ToDictionary(), cancellation, plan.Devices[0].type), cancellation);
        }
        catch (BrokenDataException)
        {
            // This run will be recorded: it gets the log that the record names.
            openLog(RunFolder.Of(config)?.Log);
            throw;
        }
    }

    private IEnumerable<RunCommand> Lead(ClipPlan plan, ProcessTeam processes, CancellationToken cancellation)
    {
        using var others = processes;
        using var asking = cancellation.Register(processes.AskToStop);
        foreach (var command in Train(plan, processes, cancellation)) yield return command;
        processes.Give(new Order(OrderKind.End) { Cancelled = cancellation.IsCancellationRequested });
    }

    /// <param name="processes">That train along; null if this one is alone.</param>
    private IEnumerable<RunCommand> Train(ClipPlan plan, ProcessTeam? processes, CancellationToken cancellation)
    {
        var (config, library, model, data, start, loader) = plan;
        using var opened = start;
        var threads = config.Threads > 0 ? config.Threads : Environment.ProcessorCount;
        set_num_threads(threads);

        var folder = RunFolder.Of(config);
        var log = openLog(folder?.Log);
        using var report = new RunReport(config, folder, log, clock, start?.Results ?? 0);
        var parameters = ModelParameters.Of(model, config);
        foreach (var remark in parameters.Remarks.Concat(BatchNormRemarks.Of(config, parameters.BatchStatistics)).Concat(data.Remarks(config))) log.Warn(remark);
        var datasets = new Dictionary<string, DatasetFingerprint>();
        foreach (var dataset in data.Fingerprint(config, cacheFolder, cancellation))
        {
            datasets.Add(dataset.Role, dataset.Dataset);
            yield return dataset;
        }
        foreach (var input in ClipInputs.Fingerprint(config, library, cacheFolder, cancellation)) yield return input;

        using var weights = InitialWeights.Create(model, config, library, out var source);
        var locking = new Locking(config);
        var initial = DescribeModel(config, parameters, source, weights.Digest());
        report.Model(initial, weights, locking);
        yield return initial;
        using var wiseFt = WiseFt.Of(config, weights);
        start?.CopyTo(weights, model.Activations);
        var digests = datasets.ToDictionary(d => d.Key, d => d.Value.Digest);
        if (processes is not null)
        {
            processes.Give(new Order(OrderKind.Begin) { Sets = data.Listings().ToDictionary(l => l.Key, l => new SharedSet(digests[l.Key], l.Value)) });
            if (plan.SharesWeightsAtOnce) weights.TakeFromFirst(processes.Link);
        }
        using var devices = plan.Join(weights, threads, processes?.Link);
        var frozen = new FrozenTowers(model, weights, config, data.Tokenizer, cacheFolder, log, devices);
        var evaluations = new RunEvaluations(Evaluations.Of(model, data, digests, frozen, config, clock), wiseFt, devices, processes, report, processes?.Interrupted ?? cancellation);

        if (data.Train is null || loader is null)
        {
            if (start is not null) yield return start.Begin(step: 0, log);
            var label = start is not null && config.ModelEma ? "ema" : "raw";
            using var replicas = Replicas.Copy(weights, devices);
            foreach (var scores in evaluations.Score(_ => true, replicas, label, start?.Epoch ?? 0)) yield return scores;
            yield break;
        }

        var steps = loader.ScheduledBatches;
        using var inputs = new StepInputs(data.Train, digests[ClipData.TrainRole], frozen, processes?.Interrupted ?? cancellation);
        foreach (var remark in DeviceRemarks(plan, processes, threads)) log.Warn(remark);
        using var team = LearnerTeam.Of(plan, devices, weights, frozen, first => start?.CopyTo(first, loader.BatchesPerEpoch));
        var learner = team.First;
        using var checkpoints = new CheckpointFolder(folder, learner, config, clock);
        long Scheduled(int epoch, int batch) => (long)steps * epoch + batch;
        var (begun, part) = (start?.Epoch ?? 0, start?.Begun ?? EpochPart.None);
        if (start is not null) yield return start.Begin(Scheduled(begun, part.Batches), log);
        yield return new PlanTraining(config.Epochs, loader.BatchesPerEpoch, config.PairsPerUpdate);
        folder?.WriteParams(config);

        IReadOnlyList<SkippedSample> SkippedIn(int epoch, int beforeBatch) => SkipLog.Merge(
            [loader.SkippedIn(epoch, beforeBatch), .. config.SkipBroken && processes is not null ? processes.Ask<List<SkippedNumber>>(new Order(OrderKind.TellSkipped) { Epoch = epoch, Batch = beforeBatch }).Select(loader.Located) : []]);

        IEnumerable<RunCommand> EvaluateIf(Func<int, bool> isDue, int epoch) =>
            evaluations.Score(frequency => frequency > 0 && isDue(frequency), team.Evaluated, learner.Average is null ? "raw" : "ema", epoch);

        bool IsDueAfter(int frequency, int epoch) => epoch % frequency == 0 || epoch == config.Epochs;

        // A run that goes on was evaluated where it began, unless it was stopped within that. What is stopped here is done when it goes on.
        foreach (var scores in plan.GoesOn ? EvaluateIf(f => start!.HasToBeEvaluated && IsDueAfter(f, begun), begun) : EvaluateIf(_ => config.EvalFirst, begun)) yield return scores;
        if (cancellation.IsCancellationRequested) yield break;

        long logged = start?.Updates(loader.BatchesPerEpoch) ?? 0;
        CheckpointPosition At(int epoch, EpochPart begun) =>
            new(epoch, begun, loader.BatchesPerEpoch, Scheduled(epoch, begun.Batches), logged) { IsEvaluated = !report.GaveUp, Results = report.Results };
        double learningRate = 0;
        for (var epoch = begun + 1; epoch <= config.Epochs; epoch++, part = EpochPart.None)
        {
            loader.RestoreSkipped(epoch, part.Skipped);
            var timer = new EpochTimer(clock, config.PairsPerUpdate, part);
            var batchNumber = part.Batches;
            EpochPart Begun() => new(batchNumber, timer.LossSum, SkippedIn(epoch, batchNumber));
            // Not handed the signal to stop: what a step has changed is worth a checkpoint, so it is looked at between steps.
            foreach (var batch in loader.Epoch(epoch, batchNumber, CancellationToken.None))
            {
                using (batch)
                {
                    timer.DataArrived();
                    var taken = batch;
                    processes?.Give(new Order(OrderKind.Step) { Epoch = epoch, Batch = batchNumber, Step = Scheduled(epoch - 1, batchNumber) });
                    var result = team.Step(device => inputs.Of(taken, plan.Devices[device], device, team.Devices), Scheduled(epoch - 1, batchNumber));
                    timer.StepTaken(result.Loss);
                    learningRate = result.LearningRate;
                    yield return report.Step(logged++, epoch, batchNumber, loader.BatchesPerEpoch, result, timer, due: batchNumber % LogEvery == 0);
                    if (!double.IsFinite(result.Loss))
                        throw new UserErrorException($"the loss became {result.Loss} in epoch {epoch}, batch {batchNumber + 1}: train with a lower --lr, a longer --warmup or a smaller --max-grad-norm");
                }
                batchNumber++;
                if (cancellation.IsCancellationRequested) break;
                if (batchNumber == loader.BatchesPerEpoch || !checkpoints.IsDue(logged)) continue;
                yield return checkpoints.Within(At(epoch - 1, Begun()));
                timer.LeaveOut();
            }
            if (cancellation.IsCancellationRequested && batchNumber < loader.BatchesPerEpoch)
            {
                log.Warn($"stopped in epoch {epoch} after {batchNumber} of {loader.BatchesPerEpoch} batches");
                yield return checkpoints.Within(At(epoch - 1, Begun()));
                yield break;
            }

            SkippedSample[] skipped = [.. data.Train.Skipped, .. SkippedIn(epoch, loader.BatchesPerEpoch)];
            if (skipped.Length > 0) yield return report.Skipped(epoch, skipped);
            yield return report.Epoch(epoch, logged, timer, learningRate);
            var completed = epoch;
            foreach (var scores in EvaluateIf(f => IsDueAfter(f, completed), epoch)) yield return scores;
            var position = At(epoch, EpochPart.None);
            if ((checkpoints.Save(position) ?? (cancellation.IsCancellationRequested ? checkpoints.Within(position) : null)) is { } kept) yield return kept;
            if (cancellation.IsCancellationRequested) yield break;
        }
    }

    private static IEnumerable<string> DeviceRemarks(ClipPlan plan, ProcessTeam? processes, int threads)
    {
        var (config, devices) = (plan.Config, plan.Devices.Count);
        if (processes is not null) yield return $"{processes.Place.Processes} processes train together, with {devices} devices each: {string.Join(", ", processes.Invitation.Peers.Select((p, i) => $"{i} on {p.Host}"))}";
        else if (config.Nnodes > 1) yield return $"--nnodes {config.Nnodes}: this process stands for all, and sums their gradients in another order";
        if (devices > 1 && plan.Devices[0].type == DeviceType.CPU)
            yield return $"--nproc_per_node {devices}: the CPU stands for so many devices, each with a replica of the model and {Math.Max(1, threads / devices)} of {threads} threads; --accum-freq {config.AccumFreq * devices} puts the same pairs in one loss in the memory of one";
    }

    private static RecordModel DescribeModel(ClipConfig config, ModelParameters parameters, string source, string digest) => new(
        config.ImageModel, config.TextModel, new ParameterCounts(parameters.Total, parameters.Trainable), parameters.Image, parameters.Text, source, digest);
}
