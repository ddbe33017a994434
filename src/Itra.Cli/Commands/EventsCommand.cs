using System.CommandLine;
using System.Text.Json;
using Itra.Cli.Output;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class EventsCommand
{
    public static Command Create(Session session)
    {
        var run = Reading.RunArgument();
        return new Command("events", "Prints everything that was recorded of a run, in order.") { run }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var summary = await store.Runs.FindRunAsync(parsed.GetRequiredValue(run), cancellation);
            var events = await store.Runs.ReadEventsAsync(summary.Id, cancellation);
            answer.Rows([.. events.Select(EventRow.Of)], "", answer.IsForPeople ? [.. Columns.SkipLast(1), new("data", e => EventGist.Of(e.Type, e.Data, session.Terminal.Width - 62))] : Columns);
        });
    }

    /// <summary>An event as the JSON contract has it.</summary>
    internal sealed record EventRow(long Version, string Type, DateTimeOffset At, Guid Id, string? Hash, JsonElement Data)
    {
        public static EventRow Of(StoredEvent e)
        {
            using var data = JsonDocument.Parse(e.Data);
            return new EventRow(e.Version, e.Type, e.At, e.Id, e.Hash, data.RootElement.Clone());
        }
    }

    private static readonly IReadOnlyList<Column<EventRow>> Columns =
    [
        new("version", e => e.Version.ToString(), IsNumber: true), new("at", e => Form.Moment(e.At)), new("type", e => e.Type),
        new("data", e => e.Data.GetRawText()),
    ];
}
