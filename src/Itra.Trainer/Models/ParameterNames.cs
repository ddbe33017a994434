namespace Itra.Trainer.Models;

/// <summary>
/// Translates parameter names. OpenAI and open_clip name one CLIP (<c>visual.*</c> and the text tower at the top level); ITRA
/// composes two towers (<c>image_backbone.*</c>, <c>text_backbone.*</c>). Inside Itra only ITRA's names are used.
/// </summary>
internal static class ParameterNames
{
    private const string Image = "image_backbone.", Text = "text_backbone.", Visual = "visual.", Module = "module.";

    // ITRA's order of a state dict, which is also the order of its parameter groups.
    private static readonly string[] Order = ["prompt", "logit_scale", Text, Image, "text_projection_head.", "image_projection_head."];
    private static readonly string[] TextTower = ["positional_embedding", "text_projection", "transformer.", "token_embedding.", "ln_final."];
    // Facts about the model that OpenAI's archives and some state dicts list among the tensors.
    private static readonly string[] NotParameters = ["input_resolution", "context_length", "vocab_size", "attn_mask"];

    /// <summary>The ITRA name of a tensor called by any of the known namings; null for an entry that is no parameter.</summary>
    /// <exception cref="FormatException">The name belongs to no part of a CLIP model.</exception>
    public static string? ToItra(string name) =>
        TryToItra(name, out var itra) ? itra : throw new FormatException($"'{name}' is no parameter of a CLIP model");

    /// <param name="itra">As <see cref="ToItra"/> gives it.</param>
    /// <returns>False for a name that belongs to no part of a CLIP model.</returns>
    public static bool TryToItra(string name, out string? itra)
    {
        // DistributedDataParallel puts this before every name.
        if (name.StartsWith(Module, StringComparison.Ordinal)) name = name[Module.Length..];
        itra = NotParameters.Contains(name) ? null
            : Rank(name) >= 0 ? name
            : name.StartsWith(Visual, StringComparison.Ordinal) ? Image + name[Visual.Length..]
            : Text + name;
        return itra is null || Rank(name) >= 0 || name.StartsWith(Visual, StringComparison.Ordinal) || Matches(name, TextTower) >= 0;
    }

    /// <summary>The OpenAI and open_clip name of a tensor; null for heads and prompts, which those have not.</summary>
    /// <exception cref="FormatException">Not an ITRA name.</exception>
    public static string? ToOpenAi(string name) => Rank(name) switch
    {
        0 or 4 or 5 => null,
        1 => name,
        2 => name[Text.Length..],
        3 => Visual + name[Image.Length..],
        _ => throw new FormatException($"'{name}' is no parameter of an ITRA model"),
    };

    /// <summary>Place of an ITRA name's part in a state dict; -1 for a name that is none.</summary>
    public static int Rank(string name) => Matches(name, Order);

    private static int Matches(string name, string[] parts) =>
        Array.FindIndex(parts, part => part.EndsWith('.') ? name.StartsWith(part, StringComparison.Ordinal) : name == part);
}
