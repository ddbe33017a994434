using Itra.Domain;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>
/// An open training checkpoint as ITRA writes it (a <c>torch.save</c> of epoch, name, state_dict, optimizer, scaler), and Itra's
/// own with the extra key <c>itra</c>. Tensors stay in the file until they are asked for.
/// </summary>
internal sealed class SavedCheckpoint : IDisposable
{
    private readonly TorchFile file;
    private readonly string path;
    private readonly IReadOnlyDictionary<object, object?>? average;

    private SavedCheckpoint(TorchFile file, string path, IReadOnlyDictionary<object, object?> root)
    {
        this.file = file;
        this.path = path;
        Epoch = root.GetValueOrDefault("epoch") is long epoch ? epoch : throw Damaged("its epoch is not a number");
        Name = root.GetValueOrDefault("name") as string ?? "";
        Optimizer = Section(root, "optimizer") is { } optimizer ? ReadOptimizer(optimizer) : null;
        Scaler = Section(root, "scaler");
        Itra = Section(root, "itra");
        average = Section(root, "ema_state_dict");
    }

    /// <summary>Epochs completed.</summary>
    public long Epoch { get; }

    /// <summary>Name of the run that wrote it.</summary>
    public string Name { get; }

    /// <summary>Null when none was saved.</summary>
    public SavedOptimizer? Optimizer { get; }

    /// <summary>The gradient scaler's numbers; null when none was saved.</summary>
    public IReadOnlyDictionary<object, object?>? Scaler { get; }

    /// <summary>What Itra adds to the form: position, randomness, configuration. Null in other programs' checkpoints.</summary>
    public IReadOnlyDictionary<object, object?>? Itra { get; }

    /// <summary>True for a checkpoint; false for bare weights and for other forms.</summary>
    public static bool IsCheckpoint(IWeightFile file) => file is TorchFile { Root: IReadOnlyDictionary<object, object?> root } && root.ContainsKey("epoch") && root.ContainsKey("state_dict");

    /// <exception cref="UserErrorException">The file is unusable, or bare weights and no checkpoint.</exception>
    public static SavedCheckpoint Open(string path)
    {
        var file = WeightFile.Open(path);
        try
        {
            return IsCheckpoint(file) && file is TorchFile { Root: IReadOnlyDictionary<object, object?> root } torch
                ? new SavedCheckpoint(torch, path, root)
                : throw new UserErrorException($"{path} holds weights, but no training checkpoint: it has no epoch to go on from. Use it as pre-trained weights.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether averaged weights stand beside the raw ones. In the original's checkpoint of a run with averaging they stand in their place.</summary>
    public bool HasAverage => average is not null;

    /// <summary>What it says about the activations of its towers.</summary>
    public Activations Activations => Models.Activations.Of(file);

    /// <summary>The weights under ITRA names; the caller disposes them.</summary>
    public StateDict ReadWeights() => StateDict.Read(file, path);

    /// <inheritdoc cref="StateDict.Read(IWeightFile, string, out IReadOnlyList{string})"/>
    public StateDict ReadWeights(out IReadOnlyList<string> foreign) => StateDict.Read(file, path, out foreign);

    /// <summary>The averaged weights under ITRA names; the caller disposes them.</summary>
    /// <exception cref="UserErrorException">There are none.</exception>
    public StateDict ReadAverage() => average is null ? throw new UserErrorException($"{path} holds no averaged weights: it is no checkpoint of an Itra run with --model_ema")
        : StateDict.Load(Plain(average, "the average").Select(a => (a.Key, (Func<Tensor>)(() => a.Value is TensorRef tensor ? file.Load(tensor) : throw Damaged($"the average {a.Key} is no tensor")))));

    /// <summary>Reads a tensor of the optimizer or of <see cref="Itra"/>; the caller disposes it.</summary>
    public Tensor Load(TensorRef tensor) => file.Load(tensor);

    /// <inheritdoc cref="TensorRef.LoadInto"/>
    public void LoadInto(Tensor destination, TensorRef tensor) => file.LoadInto(destination, tensor);

    public void Dispose() => file.Dispose();

    private SavedOptimizer ReadOptimizer(IReadOnlyDictionary<object, object?> optimizer)
    {
        var state = Section(optimizer, "state") ?? throw Damaged("its optimizer has no state");
        var groups = optimizer.GetValueOrDefault("param_groups") as List<object?> ?? throw Damaged("its optimizer has no parameter groups");
        return new SavedOptimizer(
            state.ToDictionary(
                s => s.Key is long index ? index : throw Damaged($"its optimizer numbers a parameter '{s.Key}'"),
                s => Plain(s.Value, "an optimizer state")),
            [.. groups.Select(g => Plain(g, "a parameter group"))]);
    }

    private IReadOnlyDictionary<object, object?>? Section(IReadOnlyDictionary<object, object?> root, string key) => root.GetValueOrDefault(key) switch
    {
        null => null,
        IReadOnlyDictionary<object, object?> section => section,
        _ => throw Damaged($"its {key} is not a dict"),
    };

    private Dictionary<string, object?> Plain(object? value, string what) => value is IReadOnlyDictionary<object, object?> items
        ? items.DistinctBy(i => $"{i.Key}").Count() == items.Count ? items.ToDictionary(i => $"{i.Key}", i => i.Value) : throw Damaged($"{what} has a key twice")
        : throw Damaged($"{what} is not a dict");

    private UserErrorException Damaged(string what) => new($"{path} is a damaged checkpoint: {what}. Go on from another epoch's file.");
}
