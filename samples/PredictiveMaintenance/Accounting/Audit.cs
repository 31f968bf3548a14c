using PredictiveMaintenance.Analysis;
using PredictiveMaintenance.Cloud;
using PredictiveMaintenance.Edge;
using PredictiveMaintenance.Simulation;

namespace PredictiveMaintenance.Accounting;

/// <summary>Compares what the simulator did with the files that both processes left.</summary>
internal sealed class Audit(Folder edge, Folder cloud)
{
    // An alert may come that much after the fault has gone: the measurement that confirms it has to end.
    private static readonly TimeSpan Slack = 3 * Gateway.Stretch;

    /// <summary>Whether the cloud has all that the gateway has sent so far.</summary>
    public bool HasArrived => Sent().Select(Id).ToHashSet().IsSubsetOf(Received().Select(Id));

    public Summary Sum(Scenario scenario, Plant plant, Link link)
    {
        IReadOnlyList<Message> sent = Sent();
        IReadOnlyList<Message> received = Received();
        Alert[] alerts = [.. received.Where(static message => message.Alert is not null).Select(static message => message.Alert!)];
        TimeSpan[] times = [.. scenario.Injections.Select(injection => Answers(injection, alerts)).Where(static time => time is not null).Select(static time => time!.Value).Order()];
        IReadOnlyList<WorkOrder> orders = cloud.Read("orders", MaintenanceJson.Default.WorkOrder);
        return new Summary
        {
            Machines = scenario.Machines.Count,
            Readings = plant.Readings,
            ReadingsHeard = edge.Read("heard", MaintenanceJson.Default.Heard).Sum(static heard => (long)heard.Readings),
            Injected = scenario.Injections.Count,
            Detected = times.Length,
            FalseAlarms = alerts.Count(alert => !scenario.Injections.Any(injection => IsOf(alert, injection))),
            MedianTimeToDetectMs = times.Length == 0 ? double.NaN : times[times.Length / 2].TotalMilliseconds,
            LongestTimeToDetectMs = times.Length == 0 ? double.NaN : times[^1].TotalMilliseconds,
            Messages = sent.Count,
            MessagesLost = sent.Select(Id).Except(received.Select(Id)).Count(),
            MessagesDuplicated = received.Count - received.DistinctBy(Id).Count(),
            MessagesOutOfOrder = received.GroupBy(static message => message.Machine, StringComparer.Ordinal)
                .Sum(static machine => machine.Zip(machine.Skip(1)).Count(static pair => pair.Second.Number <= pair.First.Number)),
            BytesUp = link.BytesUp,
            RawBytes = plant.Bytes,
            Incidents = cloud.Read("incidents", MaintenanceJson.Default.Incident).Count,
            WorkOrders = orders.Count,
            WorkOrdersDuplicated = orders.Count - orders.DistinctBy(static order => (order.Machine, order.Task)).Count(),
            HoursLeftOfWornMachine = cloud.Read("lives", MaintenanceJson.Default.RemainingLife).LastOrDefault(life => life.Machine == scenario.Worn)?.Hours,
            LinkCuts = 1,
            EdgeKills = 1,
        };
    }

    private static (string Machine, long Number) Id(Message message) => (message.Machine, message.Number);

    private static TimeSpan? Answers(Injection injection, Alert[] alerts) =>
        Array.Find(alerts, alert => IsOf(alert, injection)) is { } first ? first.At - injection.From : null;

    private static bool IsOf(Alert alert, Injection injection) =>
        alert.Machine == injection.Machine && alert.At >= injection.From && alert.At <= injection.To + Slack;

    private IReadOnlyList<Message> Sent() => edge.Read("sent", MaintenanceJson.Default.Message);

    private IReadOnlyList<Message> Received() => cloud.Read("received", MaintenanceJson.Default.Message);
}
