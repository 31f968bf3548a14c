using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Time;
using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.History;

/// <summary>Runs the detector of the gateway over a recorded series of temperatures.</summary>
internal static class Replay
{
    /// <summary>Means of half an hour, compared with what the last weeks were like.</summary>
    private static readonly DetectorOptions Options = new() { Learning = 200, Memory = 2_000, Threshold = 3, Confirmations = 1, Recovery = 6, Acceptance = 288 };
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(30);
    private static readonly Signal[] Signals = [new Signal("temperature", Fault.Overheating, 1)];

    public static async Task<ReplaySummary> RunAsync(string path, CancellationToken cancellationToken)
    {
        Series series = Series.Read(path);
        List<Alert> alerts = [];
        var builder = new TopologyBuilder("replay");
        builder.From("rows", Source.From(series.Points))
            .WithEventTime(static point => point.At, Watermarks.Monotonous())
            .KeyBy(_ => series.Name)
            .Window(Tumbling.Of(Window), AllowedLateness.None)
            .Aggregate("mean", Aggregates.Combine(
                Aggregates.Mean<Point>(static point => point.Value), Aggregates.Count<Point>(), static (mean, count) => (Mean: mean, Count: count)))
            .Select(static window => new Measurement(window.Key, window.Window.End, (int)window.Value.Count, [window.Value.Mean]))
            .KeyBy(static measurement => measurement.Machine)
            .Process("detect", static () => new Detector(Signals, Options))
            .ForEach("alerts", finding =>
            {
                if (finding is Alert alert)
                {
                    alerts.Add(alert);
                }
            });
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 }, cancellationToken);
        await job.Completion.WaitAsync(cancellationToken);
        return ReplaySummary.Of(path, series, alerts, Labels.Find(path));
    }
}
