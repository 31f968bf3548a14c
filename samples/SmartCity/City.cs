using IoTStream.Runtime;
using SmartCity.Accounting;

namespace SmartCity;

/// <summary>Runs the city from beginning to end: feed, pipeline, accounts.</summary>
internal static class City
{
    /// <summary>Runs until the time is up, the files end, or somebody asks to stop, and draws up the accounts.</summary>
    /// <param name="options">What is run.</param>
    /// <param name="output">For what people read.</param>
    /// <param name="stopping">Asks for the end; what is on its way is still processed.</param>
    public static async Task<Summary> RunAsync(CityOptions options, TextWriter output, CancellationToken stopping)
    {
        TimeProvider clock = TimeProvider.System;
        var ledger = new Ledger(options.Replay is { Count: > 0 } files ? files.Count : options.Sensors, options.Window);
        var audit = new Audit(ledger, clock);
        await using IFeed feed = options.Replay.Count > 0
            ? new Replay(options, ledger, clock)
            : await LiveTraffic.OpenAsync(options, ledger, audit, clock, stopping);
        await using Job job = await Pipeline.Describe(feed, options, audit).StartAsync(new JobOptions { Lanes = options.Lanes }, CancellationToken.None);

        await output.WriteLineAsync(feed.Description);
        await using (Dashboard.Show(options, ledger, audit))
        {
            await feed.RunAsync(job, stopping);

            // Everything has been received: what is open now would stay open.
            await job.StopAsync(StopMode.CloseWindows, CancellationToken.None);
        }

        TimeSpan elapsed = clock.GetElapsedTime(feed.StartedAt, audit.Tally.LastArrival);
        return Summary.Of(ledger, audit, Accounts.Differences(ledger, audit, job.GetMetrics()), elapsed);
    }
}
