namespace Itra.Fuzz.Tests.Yaml;

[Trait("Category", "Fuzz")]
public class SettingsCampaign
{
    [Fact]
    public void Damaged_settings_are_read_or_refused() => new Campaign("settings", new SettingsParser()).Run();
}

[Trait("Category", "Fuzz")]
public class RecipeCampaign
{
    [Fact]
    public void Damaged_recipes_are_read_or_refused() => new Campaign("recipe", new RecipeParser()).Run();
}
