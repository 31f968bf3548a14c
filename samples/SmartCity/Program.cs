using System.CommandLine;
using SmartCity;
using SmartCity.Accounting;
using SmartCity.CommandLine;

// Ctrl-C ends the fleet, not the program: what is under way is still processed and accounted for.
var patience = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) };
return await new CityCommand().Parse(args, RunAsync).InvokeAsync(patience);

static async Task<int> RunAsync(CityOptions options, CancellationToken stopping)
{
    Summary summary = await City.RunAsync(options, Console.Out, stopping);
    await SummaryText.WriteAsync(summary, options.Output, Console.Out);
    if (options.Summary is { } file)
    {
        await File.WriteAllTextAsync(file, summary.ToJson(), CancellationToken.None);
    }

    return summary.Balanced ? 0 : 1;
}
