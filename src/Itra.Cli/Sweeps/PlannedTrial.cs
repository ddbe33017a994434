using Itra.Cli.Arguments;
using Itra.Domain;

namespace Itra.Cli.Sweeps;

/// <summary>A trial as it would be trained here.</summary>
/// <param name="Words">The flags of <c>itra train</c> that ask for it.</param>
internal sealed record PlannedTrial(Trial Trial, TrainRequest Request, IReadOnlyList<string> Words)
{
    /// <summary>All trials of a recipe; that they can be asked for is settled before the first of them starts.</summary>
    /// <exception cref="UserErrorException">A trial asks for what there is not.</exception>
    public static IReadOnlyList<PlannedTrial> Of(Recipe recipe, IReadOnlyDictionary<string, string> overrides) => [.. recipe.Trials.Select(trial =>
    {
        var words = TrainWords.Of(TrialSettings.Of(recipe, trial, overrides), recipe.Name);
        try
        {
            return new PlannedTrial(trial, TrainRequest.Read(words), words);
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"trial {trial.Name}: {e.Message}", e);
        }
    })];

    public bool Trains => Request.Config.TrainData is not null;

    /// <summary>Pairs that one update contrasts on one device.</summary>
    public int PairsPerUpdate => Request.Config.BatchSize * Request.Config.AccumFreq;
}
