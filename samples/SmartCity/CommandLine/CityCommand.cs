using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using IoTStream.Mqtt;

namespace SmartCity.CommandLine;

/// <summary>The command line of the sample.</summary>
internal sealed class CityCommand
{
    private const double LongestSeconds = 86_400;
    private const double LeastSeconds = 0.001;
    private static readonly CityOptions Defaults = new();

    private readonly Option<int> _sensors = Options.Number(
        "--sensors", "How many sensors there are.", "N", Defaults.Sensors, 1, 1_000_000, "a whole number from 1 to 1,000,000");

    private readonly Option<int> _connections = Options.Number(
        "--connections", "How many MQTT connections the sensors share; at most one a sensor.", "N", Defaults.Connections, 1, 100_000, "a whole number from 1 to 100,000");

    private readonly Option<int> _qualityOfService = Options.Number(
        "--qos", "The quality of service with which readings are published and received.", "N", (int)Defaults.QualityOfService, 0, 2, "0, 1 or 2");

    private readonly Option<bool> _tls = new("--tls")
    {
        Description = "Encrypts all connections; the embedded broker gets a certificate of an authority that is made for the run.",
    };

    private readonly Option<double> _interval = Options.Number(
        "--interval", "How often each sensor reports, in seconds of event time.", "SECONDS", Defaults.Interval.TotalSeconds, LeastSeconds, LongestSeconds,
        "seconds, such as 10 or 0.5");

    private readonly Option<TimeSpan> _window = Options.Create<TimeSpan>(
        "--window", "The length of a window in event time: 10s, 5m, 1h. [default: 5m]", "DURATION", Durations.TryParse,
        "a number with a unit ms, s, m or h, such as 10s, 5m or 1h");

    private readonly Option<double> _duration = Options.Number(
        "--duration", "How long the fleet reports, in seconds on the wall clock.", "SECONDS", Defaults.Duration.TotalSeconds, LeastSeconds, LongestSeconds,
        "seconds, such as 20");

    private readonly Option<double> _speedup = Options.Number(
        "--speedup", "How many times faster than the wall clock event time runs, if the machine can hold that pace.", "F", Defaults.Speedup, 0.001, 1_000_000,
        "a number above zero, such as 60; 1 is the true pace");

    private readonly Option<double> _slowBelow = Options.Number(
        "--slow-below", "The mean speed below which a window brings an alert.", "KMH", Defaults.SlowBelow, 0, 1000, "km/h, such as 20");

    private readonly Option<int> _lanes = Options.Number(
        "--lanes", "How many lanes the job runs.", "N", Defaults.Lanes, 1, 128, "a whole number from 1 to 128");

    private readonly Option<BrokerAddress?> _broker = Options.Create<BrokerAddress?>(
        "--broker", "An MQTT broker to use instead of the embedded one.", "HOST:PORT", TryReadAddress, "a name and a port, such as localhost:1883");

    private readonly Option<string[]> _replay = new("--replay")
    {
        Description = "Replays recorded traffic instead: CSV files of timestamp,value rows, a road each.",
        HelpName = "FILE.csv",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "The folder for the result files, which are written anew.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Defaults.Output.Path,
    };

    private readonly Option<string?> _summary = new("--summary") { Description = "Writes the summary to a file as JSON, too.", HelpName = "FILE" };

    private readonly Option<bool> _noUi = new("--no-ui") { Description = "Shows no live table; there is none either when the output is redirected." };

    public CityCommand() => _replay.Validators.Add(CheckReplay);

    /// <summary>Parses the arguments.</summary>
    /// <param name="arguments">The arguments of the program.</param>
    /// <param name="run">Runs the city and returns the exit code; cancelled by Ctrl-C.</param>
    public ParseResult Parse(IReadOnlyList<string> arguments, Func<CityOptions, CancellationToken, Task<int>> run)
    {
        var root = new RootCommand("Traffic sensors of a city publish over MQTT; IoTStream turns that into windows, congestion scores and alerts.")
        {
            _sensors, _connections, _qualityOfService, _tls, _interval, _window, _duration, _speedup, _slowBelow, _lanes, _broker, _replay, _output, _summary, _noUi,
        };
        root.SetAction((result, cancellationToken) => run(OptionsOf(result), cancellationToken));
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        return parsed;
    }

    private static bool TryReadAddress(string text, out BrokerAddress? address)
    {
        int colon = text.LastIndexOf(':');
        bool isAddress = colon > 0 & ushort.TryParse(text.AsSpan(colon + 1), out ushort port) && port > 0;
        address = isAddress ? new BrokerAddress(text[..colon], port) : null;
        return isAddress;
    }

    private void CheckReplay(OptionResult replay)
    {
        foreach (string file in (replay.GetValueOrDefault<string[]>() ?? []).Where(file => !File.Exists(file)))
        {
            replay.AddError($"--replay: there is no file '{file}'. Give CSV files of timestamp,value rows.");
        }

        if (replay.GetResult(_broker) is not null)
        {
            replay.AddError("--replay reads files and needs no broker. Leave out one of --replay and --broker.");
        }
    }

    private CityOptions OptionsOf(ParseResult result)
    {
        int sensors = result.GetValue(_sensors);
        return new CityOptions
        {
            Sensors = sensors,
            Connections = Math.Min(result.GetValue(_connections), sensors),
            QualityOfService = (MqttQualityOfService)result.GetValue(_qualityOfService),
            Tls = result.GetValue(_tls),
            Interval = TimeSpan.FromSeconds(result.GetValue(_interval)),
            Window = result.GetResult(_window) is null ? Defaults.Window : result.GetValue(_window),
            Duration = TimeSpan.FromSeconds(result.GetValue(_duration)),
            Speedup = result.GetValue(_speedup),
            SlowBelow = result.GetValue(_slowBelow),
            Lanes = result.GetValue(_lanes),
            Broker = result.GetValue(_broker),
            Replay = result.GetValue(_replay) ?? [],
            Output = new OutputFolder(result.GetValue(_output)!),
            Summary = result.GetValue(_summary),
            Ui = !result.GetValue(_noUi) && !Console.IsOutputRedirected,
        };
    }
}
