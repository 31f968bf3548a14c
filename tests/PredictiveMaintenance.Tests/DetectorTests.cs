using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;
using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.Tests;

public sealed class DetectorTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Signal[] Signals = [new("temperature", Fault.Overheating, 0.5), new("pressure", Fault.Leak, 0.1)];
    private static readonly DetectorOptions Options = new();

    [Test]
    public async Task An_anomaly_is_told_once_with_the_signal_that_is_off_and_what_was_before_and_after()
    {
        IReadOnlyList<Finding> findings = await DetectAsync(i => i is >= 30 and < 40 ? (60, 4.5) : (60, 6));
        Alert alert = findings.OfType<Alert>().Should().ContainSingle().Subject;
        alert.Should().Be(new Alert("press-1", At(31), Fault.Leak, "pressure", alert.Score));
        alert.Score.Should().BeApproximately(15, 1e-6);
        Diagnostics diagnostics = findings.OfType<Diagnostics>().Should().ContainSingle().Subject;
        diagnostics.Measurements.Select(static measurement => measurement.At).Should().Equal(Enumerable.Range(27, 9).Select(At));
    }

    [Test]
    public async Task One_measurement_that_is_off_is_none()
    {
        (await DetectAsync(i => i == 30 ? (90, 6) : (60, 6))).Should().BeEmpty();
    }

    [Test]
    public async Task What_is_off_does_not_become_normal_until_it_has_been_so_for_long()
    {
        (await DetectAsync(i => i >= 30 ? (70, 6) : (60, 6), count: 30 + Options.Acceptance + 40)).OfType<Alert>().Should().ContainSingle();
        (await DetectAsync(i => i is >= 30 and < 30 + 60 or >= 110 ? (70, 6) : (60, 6), count: 130)).OfType<Alert>().Should().HaveCount(2);
    }

    [Test]
    public async Task Nothing_is_told_while_a_detector_learns()
    {
        (await DetectAsync(i => i < Options.Learning ? (60 + (10 * (i % 2)), 6) : (65, 6))).Should().BeEmpty();
    }

    [Test]
    public async Task Slow_change_is_followed()
    {
        (await DetectAsync(i => (60 + (i * 0.01), 6), count: 1_000)).Should().BeEmpty();
    }

    private static DateTimeOffset At(int i) => Start.AddSeconds(i);

    private static async Task<IReadOnlyList<Finding>> DetectAsync(Func<int, (double Temperature, double Pressure)> values, int count = 60)
    {
        List<Finding> findings = [];
        var builder = new TopologyBuilder("detector");
        builder.From("measurements", Source.From(Enumerable.Range(0, count).Select(i => new Measurement("press-1", At(i), 5, [values(i).Temperature, values(i).Pressure]))))
            .KeyBy(static measurement => measurement.Machine)
            .Process("detect", static () => new Detector(Signals, Options))
            .ForEach("findings", findings.Add);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        await job.Completion;
        return findings;
    }
}
