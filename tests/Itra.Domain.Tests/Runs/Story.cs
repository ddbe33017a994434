using Itra.Domain.Runs;

namespace Itra.Domain.Tests.Runs;

/// <summary>A rule in three sentences: given what happened, when something is asked, then this follows.</summary>
internal sealed record Story(Run Run, RunCommand? Command = null)
{
    public static Story Given(params RunEvent[] events) => new(events.Aggregate(Run.Unknown, (run, e) => run.Evolve(e)));

    public Story When(RunCommand command) => this with { Command = command with { At = Facts.Now } };

    public void Then(params RunEvent[] events) => Assert.Equivalent(events, RunDecider.Decide(Command!, Run), strict: true);

    public void ThenNothing() => Assert.Empty(RunDecider.Decide(Command!, Run));

    public void ThenRefused(string why) => Assert.Contains(why, Assert.Throws<RunRuleException>(() => RunDecider.Decide(Command!, Run)).Message, StringComparison.Ordinal);
}
