using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Data.Classification;

namespace Itra.Trainer.Evaluation;

/// <summary>What a run's weights are evaluated on.</summary>
internal static class Evaluations
{
    /// <summary>All of them, in the original's order.</summary>
    /// <param name="frozen">Towers that are alike in all weights that will be scored; null if there are none.</param>
    /// <param name="datasets">Fingerprints by role, as <see cref="ClipData.Fingerprint"/> names them.</param>
    public static IReadOnlyList<IEvaluation> Of(
        ClipModel model, ClipData data, IReadOnlyDictionary<string, DatasetFingerprint> datasets, FrozenTowers? frozen, ClipConfig config, TimeProvider clock) =>
    [
        .. data.ZeroShot.Select(set => new ZeroShotEvaluation(model, set, datasets[ClipData.ZeroShotRole(set.Name)].Digest, data.Tokenizer, config, clock)),
        .. data.Retrieval is { } retrieval
            ? [new RetrievalEvaluation(model, retrieval, datasets[ClipData.RetrievalRole].Digest, data.Tokenizer, config, clock) { Frozen = frozen }]
            : Array.Empty<IEvaluation>(),
        .. data.Linear.Select(sets => new LinearEvaluation(model, sets.Train, sets.Test, datasets[ClipData.LinearRole(sets.Test.Name, SetPart.Test)].Digest, config, clock)),
    ];
}
