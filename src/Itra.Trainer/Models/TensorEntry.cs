using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>A tensor as a file describes it, before its bytes are read.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">The element type in the file.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
internal sealed record TensorEntry(string Name, ScalarType Type, long[] Shape);
