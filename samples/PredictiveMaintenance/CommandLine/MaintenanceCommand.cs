using System.CommandLine;
using System.CommandLine.Invocation;
using PredictiveMaintenance.Cloud;
using PredictiveMaintenance.Edge;

namespace PredictiveMaintenance.CommandLine;

/// <summary>The command line of the sample. The verbs are what it starts its two processes with.</summary>
internal sealed class MaintenanceCommand
{
    private static readonly MaintenanceOptions Defaults = new();

    private readonly Option<int> _machines = Number("--machines", "How many machines there are.", Defaults.Machines, 2, 200);
    private readonly Option<double> _duration = Number("--duration", "How long they report, in seconds.", Defaults.Duration.TotalSeconds, 15, 86_400);
    private readonly Option<double> _hour = Number("--hour", "How long an hour is taken to be, in seconds.", Defaults.Hour.TotalSeconds, 1, 3_600);
    private readonly Option<string> _output = new("--output") { Description = "The folder of both processes, which is made anew.", HelpName = "DIR", DefaultValueFactory = static _ => Defaults.Output.Path };
    private readonly Option<string?> _summary = new("--summary") { Description = "Writes the summary to a file as JSON, too.", HelpName = "FILE" };
    private readonly Option<string?> _replay = new("--replay") { Description = "Runs the detector over a recorded series of timestamp,value rows instead.", HelpName = "FILE.csv" };
    private readonly Option<string?> _postgreSql = new("--postgresql") { Description = "Writes work orders into the table work_orders of a database, too.", HelpName = "CONNECTION STRING" };
    private readonly Option<bool> _noUi = new("--no-ui") { Description = "Shows nothing but the summary." };
    private readonly Option<int> _mqttPort = new("--mqtt-port") { Required = true };
    private readonly Option<int> _coapPort = new("--coap-port") { Required = true };
    private readonly Option<int> _uplinkPort = new("--uplink-port") { Required = true };

    public MaintenanceCommand() => _replay.Validators.Add(static result =>
    {
        if (result.GetValueOrDefault<string?>() is { } file && !File.Exists(file))
        {
            result.AddError($"--replay: there is no file '{file}'. Give a CSV file of timestamp,value rows.");
        }
    });

    /// <summary>Parses the arguments.</summary>
    /// <param name="arguments">The arguments of the program.</param>
    /// <param name="run">Runs the sample and returns the exit code; cancelled by Ctrl-C.</param>
    public ParseResult Parse(IReadOnlyList<string> arguments, Func<MaintenanceOptions, CancellationToken, Task<int>> run)
    {
        var edge = new Command("edge", "The gateway.") { _output, _hour, _mqttPort, _coapPort, _uplinkPort };
        edge.Hidden = true;
        edge.SetAction((result, stopping) => EdgeProcess.RunAsync(
            new EdgeOptions(new Folder(result.GetValue(_output)!), result.GetValue(_mqttPort), result.GetValue(_coapPort), result.GetValue(_uplinkPort), HourOf(result)), stopping));
        var cloud = new Command("cloud", "The cloud side.") { _output, _hour, _mqttPort, _postgreSql };
        cloud.Hidden = true;
        cloud.SetAction((result, stopping) => CloudProcess.RunAsync(
            new CloudOptions(new Folder(result.GetValue(_output)!), result.GetValue(_mqttPort), HourOf(result), result.GetValue(_postgreSql)), stopping));
        var root = new RootCommand("Machines report to a gateway, which finds out what is wrong with them and tells the cloud, over a link that fails.")
        {
            _machines, _duration, _hour, _output, _summary, _replay, _postgreSql, _noUi, edge, cloud,
        };
        root.SetAction((result, stopping) => run(OptionsOf(result), stopping));
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        return parsed;
    }

    private static Option<T> Number<T>(string name, string description, T value, T least, T most)
        where T : struct, IComparable<T>
    {
        var option = new Option<T>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<T>() is var given && (given.CompareTo(least) < 0 || given.CompareTo(most) > 0))
            {
                result.AddError($"{name} is {given}. Give a number from {least} to {most}.");
            }
        });
        return option;
    }

    private TimeSpan HourOf(ParseResult result) => TimeSpan.FromSeconds(result.GetValue(_hour));

    private MaintenanceOptions OptionsOf(ParseResult result) => new()
    {
        Machines = result.GetValue(_machines),
        Duration = TimeSpan.FromSeconds(result.GetValue(_duration)),
        Hour = HourOf(result),
        Output = new Folder(result.GetValue(_output)!),
        Summary = result.GetValue(_summary),
        Replay = result.GetValue(_replay),
        PostgreSql = result.GetValue(_postgreSql),
        Ui = !result.GetValue(_noUi),
    };
}
