using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Models;

namespace Itra.Trainer.Reproduction;

/// <summary>
/// Looks for what a recorded run read, by content rather than by name: at the recorded places, in the model library, in the artifact store.
/// </summary>
/// <param name="modelsFolder">The model library.</param>
/// <param name="cacheFolder">Where digests of files are remembered, and where files from the artifact store are put.</param>
public sealed class InputSearch(string modelsFolder, string cacheFolder, IArtifactStore artifacts)
{
    /// <param name="spec">The recorded one, with the places the user has named instead of those of that time.</param>
    /// <param name="events">All of the run.</param>
    /// <exception cref="UserErrorException">The settings are not of this version.</exception>
    public async Task<RecordedInputs> FindAsync(RunSpec spec, IReadOnlyList<RunEvent> events, CancellationToken cancellation)
    {
        var state = events.Aggregate(Run.Unknown, (run, e) => run.Evolve(e));
        Dictionary<string, string> settings = new(spec.Config);
        var sets = state.Datasets.Where(d => d.Key.StartsWith(ClipData.ZeroShotRole(""), StringComparison.Ordinal)).Select(d => d.Value.Name).ToList();
        // Whatever else has come to lie there since, these were scored.
        if (sets.Count > 0 && settings.GetValueOrDefault("zeroshot_data") is null or "") settings["zeroshot_data"] = string.Join(',', sets);

        var config = ClipConfig.Parse(settings);
        List<Need> needs = [.. await new DataSearch(cacheFolder, artifacts).FindAsync(config, state.Datasets, cancellation)];
        List<StoredInput> stored = [];
        var library = new ModelLibrary(modelsFolder);
        foreach (var (role, setting, path) in Files(config, library))
            await FindAsync(role, setting, Try(path), state.Inputs.GetValueOrDefault(role), library, settings, needs, stored, cancellation);

        CheckpointSaved? from = null;
        if (events.OfType<StartedFromCheckpoint>().FirstOrDefault() is { } start)
        {
            var began = new InputFingerprinted("checkpoint to start from", start.FileName, new Artifact(start.Sha256, 0), Kept: false) { At = start.At };
            if (events.OfType<RunRegistered>().First().Origin?.CheckpointSha256 == start.Sha256)
            {
                from = new CheckpointSaved(start.Epoch, start.Step, start.FileName, began.File) { At = start.At };
                needs.Add(await artifacts.ExistsAsync(start.Sha256, cancellation)
                    ? Need.Of(began.Role, NeedState.Stored, start.FileName) : Need.Of(began.Role, NeedState.Missing, $"{start.FileName} with SHA-256 {start.Sha256} is not in {artifacts.Location}"));
            }
            else
            {
                await FindAsync(began.Role, "resume", config.Resume, began, library, settings, needs, stored, cancellation);
            }
        }
        return new RecordedInputs(spec with { Config = settings }, needs, from) { Stored = stored };
    }

    /// <summary>Puts what is only in the artifact store where the run can read it.</summary>
    public async Task<RunSpec> FetchAsync(RecordedInputs found, CancellationToken cancellation)
    {
        Dictionary<string, string> settings = new(found.Spec.Config);
        foreach (var input in found.Stored)
        {
            var path = Path.Combine(cacheFolder, "inputs", input.File.Sha256, UntrustedText.AsFileName(input.FileName));
            settings[input.Setting] = path;
            if (Sha256(path, cancellation) == input.File.Sha256) continue;
            await using var content = await artifacts.OpenAsync(input.File.Sha256, cancellation);
            AtomicFile.Write(path, content.CopyTo);
        }
        return found.Spec with { Config = settings };
    }

    private static IEnumerable<(string Role, string Setting, Func<string?> Path)> Files(ClipConfig config, ModelLibrary library)
    {
        yield return (ClipInputs.Vocabulary, "vocabulary", () => ClipData.VocabularyPath(config, library));
        if (ClipFamilies.IsFile(config.ImageModel)) yield return (ClipInputs.ImageModel, "image_model", () => config.ImageModel);
        if (ClipFamilies.IsFile(config.TextModel)) yield return (ClipInputs.TextModel, "text_model", () => config.TextModel);
        if (config.PretrainedImageModel) yield return (ClipInputs.ImageWeights, "image_model_tag", () => InitialWeights.ImagePath(config, library));
        if (config.PretrainedTextModel) yield return (ClipInputs.TextWeights, "text_model_tag", () => InitialWeights.TextPath(config, library));
    }

    private async Task FindAsync(
        string role, string setting, string? path, InputFingerprinted? recorded, ModelLibrary library,
        Dictionary<string, string> settings, List<Need> needs, List<StoredInput> stored, CancellationToken cancellation)
    {
        var digest = path is null ? null : Sha256(path, cancellation);
        if (recorded is null)
        {
            // From before inputs were recorded: what it is shows in the initial weights and the losses.
            needs.Add(digest is null ? Need.Of(role, NeedState.Missing, $"{settings[setting]} is not here") : Need.Of(role, NeedState.Here, $"{path}, of which no digest was recorded"));
        }
        else if (digest == recorded.File.Sha256)
        {
            needs.Add(Need.Of(role, NeedState.Here, path!));
        }
        else if (library.List().FirstOrDefault(m => m.Sha256 == recorded.File.Sha256) is { } model)
        {
            settings[setting] = Path.Combine(Path.GetFullPath(modelsFolder), model.File);
            needs.Add(Need.Of(role, NeedState.Here, settings[setting]));
        }
        else if (await artifacts.ExistsAsync(recorded.File.Sha256, cancellation))
        {
            stored.Add(new StoredInput(setting, recorded.File, recorded.FileName));
            needs.Add(Need.Of(role, NeedState.Stored, recorded.FileName));
        }
        else
        {
            var wanted = $"{recorded.FileName} with SHA-256 {recorded.File.Sha256}";
            needs.Add(digest is null ? Need.Of(role, NeedState.Missing, wanted) : Need.Of(role, NeedState.Changed, $"{path} is no longer {wanted}"));
        }
    }

    private string? Sha256(string path, CancellationToken cancellation) => new ImageDigests(cacheFolder).Of([path], cancellation)[0]?.Sha256;

    private static string? Try(Func<string?> path)
    {
        try
        {
            return path();
        }
        catch (UserErrorException)
        {
            // Not where it was; it is looked for by its content next.
            return null;
        }
    }
}
