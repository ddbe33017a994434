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
            var request = TrainRequest.Read(words);
            return new PlannedTrial(trial, request with { Origins = request.Origins.Keys.ToDictionary(key => key, key => Origin(key, recipe, trial, overrides)) }, words);
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"trial {trial.Name}: {e.Message}", e);
        }
    })];

    private static string Origin(string key, Recipe recipe, Trial trial, IReadOnlyDictionary<string, string> overrides) =>
        overrides.ContainsKey(key) ? "command line"
        : trial.Settings.ContainsKey(key) || !recipe.Shared.ContainsKey(key) ? $"trial {trial.Name} of recipe {recipe.Name}"
        : $"recipe {recipe.Name}";

    public bool Trains => Request.Config.TrainData is not null;

    /// <summary>Pairs that one update contrasts.</summary>
    public int PairsPerUpdate => Request.Config.PairsPerUpdate;
}
