namespace Itra.Trainer.Models;

/// <summary>An optimizer's state as PyTorch saves it.</summary>
/// <param name="State">
/// Per parameter, numbered group by group, frozen ones left out: <c>step</c>, <c>exp_avg</c>, <c>exp_avg_sq</c> or
/// <c>momentum_buffer</c>, each a <see cref="TensorRef"/> or a number.
/// </param>
/// <param name="Groups">Per group: lr, betas, eps, weight_decay, lr_scale, ... and <c>params</c>, the list of its numbers.</param>
internal sealed record SavedOptimizer(
    IReadOnlyDictionary<long, Dictionary<string, object?>> State,
    IReadOnlyList<Dictionary<string, object?>> Groups);
