using System.CommandLine;
using System.CommandLine.Parsing;
using IoTStream.Mqtt;
using SmartCity.CommandLine;

namespace SmartCity.Tests;

public sealed class CityCommandTests
{
    [Test]
    public async Task Without_arguments_it_is_ten_thousand_sensors_at_sixty_times_the_true_pace()
    {
        CityOptions options = await OptionsOfAsync();

        (options.Sensors, options.Connections, options.Speedup, options.Lanes).Should().Be((10_000, 20, 60, 1));
        (options.Interval, options.Window, options.Duration).Should().Be((TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(20)));
        (options.Broker, options.Summary, options.Replay.Count).Should().Be((null, null, 0));
        (options.QualityOfService, options.Tls).Should().Be((MqttQualityOfService.AtMostOnce, false));
    }

    [Test]
    public async Task Arguments_say_what_is_run()
    {
        string file = Path.GetTempFileName();

        CityOptions live = await OptionsOfAsync(
            "--sensors", "7", "--connections", "9", "--interval", "0.5", "--window", "10s", "--duration", "3", "--speedup", "1", "--lanes", "2",
            "--slow-below", "30", "--broker", "broker.example:1884", "--summary", "out.json", "--output", "results", "--qos", "2", "--tls",
            "--no-ui");
        CityOptions replay = await OptionsOfAsync("--replay", file, file);
        File.Delete(file);

        (live.Sensors, live.Connections, live.Speedup, live.Lanes, live.SlowBelow).Should().Be((7, 7, 1, 2, 30));
        (live.Interval, live.Window, live.Duration).Should().Be((TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(3)));
        (live.QualityOfService, live.Tls).Should().Be((MqttQualityOfService.ExactlyOnce, true));
        live.Broker.Should().Be(new BrokerAddress("broker.example", 1884));
        (live.Summary, live.Output.Path, live.Ui).Should().Be(("out.json", "results", false));
        replay.Replay.Should().Equal(file, file);
    }

    [TestCase("--sensors 0", "--sensors is '0'. Give a whole number from 1 to 1,000,000.")]
    [TestCase("--sensors many", "--sensors is 'many'. Give a whole number from 1 to 1,000,000.")]
    [TestCase("--connections -1", "--connections is '-1'. Give a whole number from 1 to 100,000.")]
    [TestCase("--qos 3", "--qos is '3'. Give 0, 1 or 2.")]
    [TestCase("--interval 0", "--interval is '0'. Give seconds, such as 10 or 0.5.")]
    [TestCase("--window 5", "--window is '5'. Give a number with a unit ms, s, m or h, such as 10s, 5m or 1h.")]
    [TestCase("--window -5m", "--window is '-5m'. Give a number with a unit ms, s, m or h, such as 10s, 5m or 1h.")]
    [TestCase("--duration forever", "--duration is 'forever'. Give seconds, such as 20.")]
    [TestCase("--speedup NaN", "--speedup is 'NaN'. Give a number above zero, such as 60; 1 is the true pace.")]
    [TestCase("--lanes 0", "--lanes is '0'. Give a whole number from 1 to 128.")]
    [TestCase("--broker localhost", "--broker is 'localhost'. Give a name and a port, such as localhost:1883.")]
    [TestCase("--broker localhost:0", "--broker is 'localhost:0'. Give a name and a port, such as localhost:1883.")]
    [TestCase("--replay missing.csv", "--replay: there is no file 'missing.csv'. Give CSV files of timestamp,value rows.")]
    public void What_is_wrong_is_told_with_what_to_write_instead(string arguments, string message) =>
        Parse(arguments.Split(' ')).Errors.Select(error => error.Message).Should().Equal(message);

    [Test]
    public void A_replay_needs_no_broker()
    {
        string file = Path.GetTempFileName();

        IReadOnlyList<ParseError> errors = Parse("--replay", file, "--broker", "localhost:1883").Errors;
        File.Delete(file);

        errors.Should().ContainSingle().Which.Message.Should().Contain("Leave out one");
    }

    private static ParseResult Parse(params string[] arguments) => new CityCommand().Parse(arguments, (_, _) => Task.FromResult(0));

    private static async Task<CityOptions> OptionsOfAsync(params string[] arguments)
    {
        CityOptions? options = null;
        ParseResult result = new CityCommand().Parse(arguments, (parsed, _) =>
        {
            options = parsed;
            return Task.FromResult(0);
        });
        result.Errors.Should().BeEmpty();
        (await result.InvokeAsync()).Should().Be(0);
        return options!;
    }
}
