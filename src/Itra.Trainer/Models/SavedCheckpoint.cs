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

    /// <summary>Takes an open file over; null, and the file stays the caller's, if it holds bare weights or has another form.</summary>
    /// <exception cref="UserErrorException">It is a damaged checkpoint; the file stays the caller's, too.</exception>
    public static SavedCheckpoint? Of(IWeightFile file, string path) =>
        file is TorchFile { Root: IReadOnlyDictionary<object, object?> root } torch && root.ContainsKey("epoch") && root.ContainsKey("state_dict") ? new SavedCheckpoint(torch, path, root) : null;

    /// <exception cref="UserErrorException">The file is unusable, or bare weights and no checkpoint.</exception>
    public static SavedCheckpoint Open(string path)
    {
        var file = WeightFile.Open(path);
        try
        {
            return Of(file, path) ?? throw new UserErrorException($"{path} holds weights, but no training checkpoint: it has no epoch to go on from. Use it as pre-trained weights.");
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

    /// <summary>The averaged weights under ITRA names; the caller disposes them.</summary>
    /// <exception cref="UserErrorException">There are none.</exception>
    public StateDict ReadAverage() => StateDict.Load(Average());

    /// <inheritdoc cref="StateDict.Find(IWeightFile, string)"/>
    public OrderedDictionary<string, StoredTensor> Weights() => StateDict.Find(file, path);

    /// <summary>The averaged weights under ITRA names, not read yet.</summary>
    /// <inheritdoc cref="ReadAverage" path="/exception"/>
    public OrderedDictionary<string, StoredTensor> Average() => average is null ? throw new UserErrorException($"{path} holds no averaged weights: it is no checkpoint of an Itra run with --model_ema")
        : new(Plain(average, "the average").Select(a => KeyValuePair.Create(a.Key, a.Value is TensorRef tensor ? At(tensor) : throw Damaged($"the average {a.Key} is no tensor"))));

    /// <summary>A tensor of the optimizer or of <see cref="Itra"/>.</summary>
    public StoredTensor At(TensorRef tensor) => file.At(tensor);

    /// <summary>Reads such a tensor; the caller disposes it.</summary>
    public Tensor Load(TensorRef tensor) => At(tensor).Load();

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
