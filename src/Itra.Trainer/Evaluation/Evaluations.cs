using Itra.Trainer.Clip;
using Itra.Trainer.Data.Classification;

namespace Itra.Trainer.Evaluation;

/// <summary>What a run's weights are evaluated on.</summary>
internal static class Evaluations
{
    /// <summary>All of them, in the original's order.</summary>
    /// <param name="frozen">Towers that are alike in all weights that were trained; null if there are none.</param>
    /// <param name="digests">Of the sets' content by role, as <see cref="ClipData.Fingerprint"/> names them.</param>
    public static IReadOnlyList<IEvaluation> Of(
        ClipModel model, ClipData data, IReadOnlyDictionary<string, string> digests, FrozenTowers? frozen, ClipConfig config, TimeProvider clock) =>
    [
        .. data.ZeroShot.Select(set => new ZeroShotEvaluation(model, set, digests[ClipData.ZeroShotRole(set.Name)], data.Tokenizer, config, clock)),
        // In mixed weights no tower is as it was.
        .. data.Retrieval is { } retrieval
            ? [new RetrievalEvaluation(model, retrieval, digests[ClipData.RetrievalRole], data.Tokenizer, config, clock) { Frozen = config.EvalWithWiseFt == 1 ? frozen : null }]
            : Array.Empty<IEvaluation>(),
        .. data.Linear.Select(sets => new LinearEvaluation(model, sets.Train, sets.Test, digests[ClipData.LinearRole(sets.Test.Name, SetPart.Test)], config, clock)),
    ];
}
