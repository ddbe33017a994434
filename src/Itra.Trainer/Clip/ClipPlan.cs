using Itra.Domain;
using Itra.Domain.Training;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;
using Itra.Trainer.Devices;
using Itra.Trainer.Distributed;
using Itra.Trainer.Models;
using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>What a configuration comes to, checked as far as that goes without training.</summary>
/// <param name="Start">The checkpoint to go on from, if one is named.</param>
/// <param name="Loader">Null for an evaluation.</param>
internal sealed record ClipPlan(ClipConfig Config, ModelLibrary Library, ClipModel Model, ClipData Data, StartingCheckpoint? Start, PairLoader? Loader)
{
    /// <summary>Whether it goes on with a run rather than starting one.</summary>
    public bool GoesOn { get; init; }

    /// <summary>Those of this process, one for each replica.</summary>
    public IReadOnlyList<Device> Devices { get; init; } = [CPU];

    /// <summary>Whether all processes need process 0's weights before there are learners: what frozen towers make of the data is computed everywhere.</summary>
    public bool SharesWeightsAtOnce => Config.CacheFrozen || Data.Train is null;

    /// <exception cref="UserErrorException">A model, a file, a data set or a device is missing or does not fit the others.</exception>
    /// <param name="place">The process that makes it.</param>
    public static ClipPlan Make(ClipConfig config, Continuation? from, string modelsFolder, WorldPlace place)
    {
        var plan = MakeFollowing(config, modelsFolder, place);
        InitialWeights.MustExist(config, plan.Library);
        return plan with { Start = StartingCheckpoint.Open(config, from), GoesOn = from is not null };
    }

    /// <summary>What a process needs that follows another: no weights.</summary>
    /// <exception cref="UserErrorException">A model, a file, a data set or a device is missing or does not fit the others.</exception>
    public static ClipPlan MakeFollowing(ClipConfig config, string modelsFolder, WorldPlace place)
    {
        var devices = DevicesOf(config, place);
        var library = new ModelLibrary(modelsFolder);
        ClipFamily image = ClipFamilies.Find(config.ImageModel), text = ClipFamilies.Find(config.TextModel);
        var model = new ClipModel(image, text, config);
        var data = ClipData.Open(config, library);
        data.MustFit(text);
        var loader = data.Train is null ? null : Load(config, model, data.Train, data.Tokenizer, place, devices[0].type == DeviceType.CUDA);
        return new ClipPlan(config, library, model, data, Start: null, loader) { Devices = devices };
    }

    /// <summary>Takes weights to this process's first device, and brings its devices together with each other and with those of other processes.</summary>
    /// <param name="threads">Of this process; the devices divide them.</param>
    /// <param name="link">To the other processes; null if there are none.</param>
    public DeviceTeam Join(ModelTensors weights, int threads, INodeLink? link)
    {
        if (Devices[0].type == DeviceType.CUDA) GpuArithmetic.Set(Config.Tf32, Config.Deterministic);
        weights.MoveTo(Devices[0]);
        var (ranks, group) = Ranks.Join(Devices, link);
        return new DeviceTeam(ranks, group, Math.Max(1, threads / Devices.Count), Devices, link);
    }

    /// <summary>Of several processes on a machine each has the device of its number; one that is alone stands for all that there were.</summary>
    private static IReadOnlyList<Device> DevicesOf(ClipConfig config, WorldPlace place)
    {
        if (!place.IsAlone && place.Processes != config.Nnodes)
            throw new UserErrorException($"this training has {config.Nnodes} processes, and a launcher has started {place.Processes}: start as many (RANK, WORLD_SIZE), or one, which stands for all");
        TorchLibraries.MustBeUsable();
        return DeviceChoice.Choose(config.Device, place.IsAlone ? config.Devices : config.NprocPerNode, place.LocalProcess * config.NprocPerNode, config.AccumFreq, CudaState.Look());
    }

    private static PairLoader Load(ClipConfig config, ClipModel model, CaptionSet set, ClipTokenizer tokenizer, WorldPlace place, bool pinned)
    {
        var loader = new PairLoader(set, tokenizer, new PairLoading
        {
            Transform = new RandomResizedCrop(model.Image.ImageSize), ContextLength = model.ContextLength, BatchSize = config.PairsPerUpdate,
            Workers = config.Workers, Seed = (ulong)config.Seed, EpisodeSize = config.EpisodeSize, SkipBroken = config.SkipBroken,
            WithImages = !FrozenTowers.HasImage(config), Pinned = pinned,
            Share = place.IsAlone ? null : new BatchShare(place.Process * config.NprocPerNode, config.NprocPerNode, config.Devices),
        });
        return loader.BatchesPerEpoch > 0 ? loader : throw new UserErrorException(
            $"a batch of {config.PairsPerUpdate} pairs is larger than the {loader.Length} samples of an epoch: there would be no step at all");
    }
}
