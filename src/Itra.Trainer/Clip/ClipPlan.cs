using Itra.Domain;
using Itra.Domain.Training;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;
using Itra.Trainer.Devices;
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

    /// <exception cref="UserErrorException">A model, a file, a data set or a device is missing or does not fit the others.</exception>
    public static ClipPlan Make(ClipConfig config, Continuation? from, string modelsFolder)
    {
        TorchLibraries.MustBeUsable();
        var devices = DeviceChoice.Choose(config.Device, config.NprocPerNode, first: 0, config.AccumFreq, CudaState.Look());
        var library = new ModelLibrary(modelsFolder);
        ClipFamily image = ClipFamilies.Find(config.ImageModel), text = ClipFamilies.Find(config.TextModel);
        var model = new ClipModel(image, text, config);
        InitialWeights.MustExist(config, library);
        var data = ClipData.Open(config, library);
        data.MustFit(text);
        var loader = data.Train is null ? null : Load(config, model, data.Train, data.Tokenizer, devices[0].type == DeviceType.CUDA);
        return new ClipPlan(config, library, model, data, StartingCheckpoint.Open(config, from), loader) { GoesOn = from is not null, Devices = devices };
    }

    private static PairLoader Load(ClipConfig config, ClipModel model, CaptionSet set, ClipTokenizer tokenizer, bool pinned)
    {
        var loader = new PairLoader(set, tokenizer, new PairLoading
        {
            Transform = new RandomResizedCrop(model.Image.ImageSize), ContextLength = model.ContextLength, BatchSize = config.PairsPerUpdate,
            Workers = config.Workers, Seed = (ulong)config.Seed, EpisodeSize = config.EpisodeSize, SkipBroken = config.SkipBroken,
            WithImages = !FrozenTowers.HasImage(config), Pinned = pinned,
        });
        return loader.BatchesPerEpoch > 0 ? loader : throw new UserErrorException(
            $"a batch of {config.PairsPerUpdate} pairs is larger than the {loader.Length} samples of an epoch: there would be no step at all");
    }
}
