using IoTStream.Mqtt;
using SmartCity.Accounting;

namespace SmartCity.Tests;

public sealed class LiveTrafficTests
{
    [TestCase(1)]
    [TestCase(2)]
    public async Task The_accounts_of_a_run_balance(int lanes)
    {
        using Run run = await Run.OfAsync(Run.Small with { Lanes = lanes });

        Summary summary = run.Summary;
        summary.Differences.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        summary.Sensors.Should().Be(200);
        summary.Received.Should().Be(summary.Published).And.BePositive();
        (summary.Lost, summary.Duplicated).Should().Be((0, 0));
        summary.DeadLettered.Should().BePositive();
        summary.Late.Should().BePositive();
        summary.Decoded.Should().BeInRange(summary.Received - summary.DeadLettered, summary.Received);
        summary.LatencyMsP50.Should().BePositive().And.BeLessThanOrEqualTo(summary.LatencyMsP99!.Value);
        run.Lines("windows.jsonl").Should().HaveCount((int)summary.Windows);
        run.Lines("alerts.jsonl").Should().HaveCount((int)summary.Alerts);
        run.Lines("late.jsonl").Should().HaveCount((int)summary.Late);
        run.Lines("dead-letters.jsonl").Should().HaveCount((int)summary.DeadLettered);
        (run.Windows.Sum(window => window.Readings) + summary.Late + summary.DeadLettered).Should().Be(summary.Published);
    }

    [TestCase(MqttQualityOfService.AtLeastOnce)]
    [TestCase(MqttQualityOfService.ExactlyOnce)]
    public async Task The_accounts_balance_when_each_reading_is_acknowledged(MqttQualityOfService qualityOfService)
    {
        using Run run = await Run.OfAsync(Run.Small with { QualityOfService = qualityOfService });

        run.Error.Should().BeEmpty();
        run.Summary.Differences.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Summary.Late.Should().BePositive();
        (run.Summary.Received, run.Summary.Duplicated).Should().Be((run.Summary.Published, 0));
    }

    [Test]
    public async Task Connections_are_encrypted_if_asked_for()
    {
        using Run run = await Run.OfAsync(Run.Small with { Tls = true });

        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("mqtts://127.0.0.1");
        run.Summary.Received.Should().Be(run.Summary.Published).And.BePositive();
    }

    [Test]
    public async Task Each_sensor_can_have_a_connection_of_its_own()
    {
        using Run run = await Run.OfAsync(Run.Small with { Sensors = 500, Connections = 500 });

        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Output.Should().Contain("over 500 connections");
    }

    [Test]
    public void More_connections_than_the_system_permits_are_refused_with_what_to_do()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no limit on open files.");
        }

        Action few = () => OpenFiles.Permit(10);
        Action many = () => OpenFiles.Permit(1L << 40);

        few.Should().NotThrow();
        many.Should().Throw<IOException>().Which.Message.Should().Contain("ulimit -n").And.Contain("--connections");
    }

    [Test]
    public async Task A_lost_message_makes_the_run_fail()
    {
        using Run run = await Run.OfAsync(Run.Small with { Copies = number => number == 500 ? 0 : 1, SettleTime = TimeSpan.FromSeconds(1) });

        run.ExitCode.Should().Be(1);
        run.Summary.Balanced.Should().BeFalse();
        run.Summary.Lost.Should().Be(1);
        (run.Summary.Received + run.Summary.Lost).Should().Be(run.Summary.Published);
        run.Output.Should().Contain("THE ACCOUNTS DO NOT BALANCE").And.Contain("Messages received, each counted once");
    }

    [Test]
    public async Task A_message_that_comes_twice_makes_the_run_fail()
    {
        using Run run = await Run.OfAsync(Run.Small with { Copies = number => number == 500 ? 2 : 1 });

        run.ExitCode.Should().Be(1);
        run.Summary.Duplicated.Should().Be(1);
        run.Summary.Lost.Should().Be(0);
        run.Output.Should().Contain("Messages received more than once");
    }

    [Test]
    public async Task A_lost_message_and_one_that_comes_twice_do_not_cancel_out()
    {
        using Run run = await Run.OfAsync(
            Run.Small with { Copies = number => number switch { 500 => 0, 501 => 2, _ => 1 }, SettleTime = TimeSpan.FromSeconds(1) });

        run.ExitCode.Should().Be(1);
        (run.Summary.Lost, run.Summary.Duplicated).Should().Be((1, 1));
    }

    [Test]
    public async Task A_run_that_is_asked_to_stop_ends_with_its_accounts()
    {
        using var stopping = new CancellationTokenSource(TimeSpan.FromSeconds(1.5));
        using Run run = await Run.OfAsync(Run.Small with { Duration = TimeSpan.FromHours(1) }, stopping.Token);

        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        run.Summary.Published.Should().BePositive();
    }

    [Test]
    public async Task A_broker_that_is_not_there_is_told_in_a_sentence()
    {
        using Run run = await Run.OfAsync(Run.Small with { Broker = new BrokerAddress("127.0.0.1", 1) });

        run.ExitCode.Should().Be(1);
        run.Error.Should().Contain("127.0.0.1:1").And.NotContain("   at ");
    }
}
