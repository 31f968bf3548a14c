using System.Globalization;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Mqtt;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Storage.PostgreSql;
using IoTStream.Time;
using PredictiveMaintenance.Analysis;
using PredictiveMaintenance.Edge;

namespace PredictiveMaintenance.Cloud;

/// <summary>From what gateways report to incidents, remaining lives and work orders.</summary>
internal static class Headquarters
{
    private const double HoursToReplace = 24;
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(2);

    // An order is open for that many hours; a task that comes up again meanwhile is the same one.
    private const int HoursToInspect = 1_000;

    public static Topology Describe(int brokerPort, CloudOptions options)
    {
        var cloud = new TopologyBuilder("cloud");
        var broker = new MqttClientOptions { Host = "127.0.0.1", Port = brokerPort, ClientId = "cloud", CleanStart = false, SessionExpiry = TimeSpan.FromDays(1) };
        DataStream<Message> messages = cloud.From("up", MqttSource.Subscribe(["up/#"], broker, Json.Of(MaintenanceJson.Default.Message), new MqttSourceOptions { Deduplicate = true }));
        WatermarkStrategy watermarks = Watermarks.BoundedOutOfOrderness(Together).WithIdleness(Together);

        DataStream<Alert> alerts = messages.Where(static message => message.Alert is not null).Select(static message => message.Alert!)
            .WithEventTime(static alert => alert.At, watermarks);

        DataStream<Incident> incidents = alerts
            .KeyBy(static alert => alert.Fault)
            .Window(Sessions.WithGap(Together), AllowedLateness.None)
            .Aggregate("together", Aggregates.Collect<Alert>())
            .Select(Incident.Of)
            .Where(static incident => incident.Machines.Count >= Incident.LeastMachines);

        DataStream<RemainingLife> lives = messages.Where(static message => message.Hour?.Least("rms") is not null)
            .WithEventTime(static message => message.Hour!.To, watermarks)
            .KeyBy(static message => message.Machine)
            .Window(CountWindows.Of(RemainingLife.HoursOfTrend, every: 1).OnlyComplete())
            .Aggregate("wear", Aggregates.Combine(
                Aggregates.Trend<Message>(static message => message.Hour!.Least("rms")!.Value),
                Aggregates.Last<Message, DateTimeOffset>(static message => message.Hour!.To),
                static (trend, at) => (Trend: trend, At: at)))
            .Select(window => RemainingLife.Of(window.Key, window.Value.At, window.Value.Trend, options.Hour));

        DataStream<WorkOrder> orders = alerts.Select(alert => Inspect(alert, options.Hour))
            .Union(lives.Where(static life => life.Hours < HoursToReplace).Select(life => Replace(life, options.Hour)))
            .KeyBy(static need => need.Machine)
            .Process("plan", static () => new Planner());

        messages.To("received", options.Folder.Epochs("received", MaintenanceJson.Default.Message));
        incidents.To("incidents", options.Folder.Epochs("incidents", MaintenanceJson.Default.Incident));
        lives.To("lives", options.Folder.Epochs("lives", MaintenanceJson.Default.RemainingLife));
        orders.To("orders", options.Folder.Epochs("orders", MaintenanceJson.Default.WorkOrder));
        if (options.PostgreSql is { } database)
        {
            orders.To("orders-table", PostgreSqlSink.To<WorkOrder>(database, "work_orders", static row => row
                .Key("id", static order => order.Id)
                .Column("machine", static order => order.Machine)
                .Column("task", static order => order.Task)
                .Column("due", static order => order.Due)
                .Column("reason", static order => order.Reason)));
        }

        return cloud.Build();
    }

    private static Need Inspect(Alert alert, TimeSpan hour) => new(
        alert.Machine, alert.At, $"inspect for {alert.Fault}", alert.At + (HoursToInspect * hour), $"{alert.Signal} is off by {alert.Score.ToString("F0", CultureInfo.InvariantCulture)} deviations");

    private static Need Replace(RemainingLife life, TimeSpan hour) => new(
        life.Machine, life.At, "replace bearings", life.At + (life.Hours!.Value * hour), $"{life.Hours.Value.ToString("F0", CultureInfo.InvariantCulture)} hours to {RemainingLife.Limit.ToString(CultureInfo.InvariantCulture)} g");
}
