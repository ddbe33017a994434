namespace Itra.Fuzz.Tests.Logs;

[Trait("Category", "Fuzz")]
public class LogCampaign
{
    [Fact]
    public void Damaged_logs_are_read_or_refused() => new Campaign("event-log", new EventLogParser()).Run();

    [Fact]
    public void Damaged_records_of_a_log_are_read_or_refused() => new Campaign("log-record", new LogRecordParser()).Run();
}

[Trait("Category", "Fuzz")]
public class EventCampaign
{
    [Fact]
    public void Damaged_events_are_read_or_refused() => new Campaign("event-json", new EventJsonParser()).Run();

    [Fact]
    public void Damaged_columns_of_metrics_are_read_or_refused() => new Campaign("metric-column", new MetricColumnParser()).Run();
}
