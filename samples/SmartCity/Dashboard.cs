using SmartCity.Accounting;
using SmartCity.Traffic;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SmartCity;

/// <summary>A live table on the console: how it goes, and the roads where traffic is worst.</summary>
internal sealed class Dashboard : IAsyncDisposable
{
    private const int RoadsShown = 12;
    private const int BarLength = 10;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _drawing;

    private Dashboard(Ledger ledger, Audit audit) =>
        _drawing = AnsiConsole.Live(Draw(ledger, audit)).StartAsync(context => DrawAsync(context, ledger, audit, _closing.Token));

    /// <summary>Shows the table until disposed, if it is wanted.</summary>
    public static IAsyncDisposable Show(CityOptions options, Ledger ledger, Audit audit) => options.Ui ? new Dashboard(ledger, audit) : new Nothing();

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _drawing;
        _closing.Dispose();
    }

    private static async Task DrawAsync(LiveDisplayContext context, Ledger ledger, Audit audit, CancellationToken closing)
    {
        while (!closing.IsCancellationRequested)
        {
            await Task.Delay(Refresh, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.UpdateTarget(Draw(ledger, audit));
        }
    }

    private static Rows Draw(Ledger ledger, Audit audit)
    {
        Tally tally = audit.Tally;
        return new Rows(
            new Markup(
                $"[bold]{tally.Received:N0}[/] of {ledger.Total:N0} messages received, {tally.DeadLettered:N0} dead-lettered, {tally.Late:N0} late; "
                + $"{tally.Windows:N0} windows, [bold red]{tally.Alerts:N0} alerts[/]"),
            Roads(audit.MostCongested(RoadsShown)));
    }

    private static Table Roads(IReadOnlyList<RoadWindow> windows)
    {
        Table table = new Table().Border(TableBorder.Rounded)
            .AddColumns("Road", "Window from", "Vehicles", "Pedestrians", "km/h", "Congestion");
        foreach (RoadWindow window in windows)
        {
            table.AddRow(
                new Text(window.Road),
                new Text($"{window.Start:HH:mm:ss}"),
                new Text($"{window.Vehicles:N0}").RightJustified(),
                new Text($"{window.Pedestrians:N0}").RightJustified(),
                new Text($"{window.MeanSpeed:F1}").RightJustified(),
                Bar(window.Congestion));
        }

        return table;
    }

    private static Markup Bar(double congestion)
    {
        int length = (int)(congestion / 100 * BarLength);
        string colour = congestion switch { > 60 => "red", > 30 => "yellow", _ => "green" };
        return new Markup($"[{colour}]{new string('█', length)}[/]{new string('░', BarLength - length)} {congestion,3:F0} %");
    }

    private sealed class Nothing : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => default;
    }
}
