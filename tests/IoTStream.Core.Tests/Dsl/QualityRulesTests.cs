using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class QualityRulesTests
{
    [TestCase("A1", 20.0, "Cel", "")]
    [TestCase("A1", null, "Cel", "")]
    [TestCase(null, 20.0, "Cel", "device")]
    [TestCase("", 20.0, "Cel", "device")]
    [TestCase("A1", -40.0, "Cel", "")]
    [TestCase("A1", -40.1, "Cel", "temperature")]
    [TestCase("A1", 85.1, "Cel", "temperature")]
    [TestCase("A1", double.NaN, "Cel", "temperature")]
    [TestCase("A1", 20.0, "cel", "unit")]
    [TestCase("A1", 20.0, null, "unit")]
    [TestCase(null, 90.0, "K", "device, temperature, unit")]
    public async Task A_record_breaks_the_rules_that_it_does_not_keep(string? device, double? celsius, string? unit, string broken)
    {
        QualityRules<Sensed> rules = QualityRules<Sensed>.None
            .Required("device", sensed => sensed.Device)
            .InRange("temperature", sensed => sensed.Celsius, -40, 85)
            .Unit("unit", sensed => sensed.Unit, ["Cel", "degC"]);

        Checked<Sensed> found = (await CheckAsync(rules, new Sensed(device, celsius, unit))).Single();

        string.Join(", ", found.BrokenRules).Should().Be(broken);
        found.Quality.Should().Be(broken.Length == 0 ? Quality.Good : Quality.Bad);
    }

    [Test]
    public async Task A_number_that_is_required_is_there_unless_it_is_null_or_NaN()
    {
        QualityRules<Sensed> rules = QualityRules<Sensed>.None.Required("temperature", sensed => sensed.Celsius);

        IReadOnlyList<Checked<Sensed>> found = await CheckAsync(rules, new("A", 0, null), new("A", null, null), new("A", double.NaN, null));

        found.Select(one => one.Quality).Should().Equal(Quality.Good, Quality.Bad, Quality.Bad);
    }

    [Test]
    public async Task The_worst_rule_that_is_broken_tells_the_quality()
    {
        QualityRules<int> rules = QualityRules<int>.None
            .That("not two", value => value % 2 != 0, Quality.Uncertain)
            .That("not three", value => value % 3 != 0);

        (await CheckAsync(rules, 1, 2, 3, 6)).Select(found => found.Quality).Should().Equal(Quality.Good, Quality.Uncertain, Quality.Bad, Quality.Bad);
    }

    [Test]
    public async Task Uncertain_records_are_let_through()
    {
        var results = new CollectingSink<int>();
        var builder = new TopologyBuilder("t");
        builder.From("source", [1, 2, 3])
            .Validate(QualityRules<int>.None.That("odd", value => value % 2 == 1, Quality.Uncertain).That("small", value => value < 3), ErrorPolicy.Skip)
            .To("results", results);

        await builder.Build().RunAsync();

        results.Values.Should().Equal(1, 2);
    }

    [Test]
    public async Task A_job_fails_by_a_bad_record_if_that_is_the_policy()
    {
        var builder = new TopologyBuilder("t");
        builder.From("source", [1, 2]).Validate(QualityRules<int>.None.That("odd", value => value % 2 == 1), ErrorPolicy.Fail, "odd ones").ForEach("each", _ => { });

        Func<Task> run = () => builder.Build().RunAsync();

        (await run.Should().ThrowAsync<JobFailedException>()).Which.InnerException.Should().BeOfType<BrokenRulesException>().Which.BrokenRules.Should().Equal("odd");
    }

    [Test]
    public async Task A_rule_that_throws_is_a_failure_of_the_record()
    {
        var letters = new CollectingSink<DeadLetter>();
        var builder = new TopologyBuilder("t");
        builder.From("source", [1, 0]).Validate(QualityRules<int>.None.That("inverse", value => 1 / value > 0), ErrorPolicy.DeadLetter).ForEach("each", _ => { });
        builder.DeadLetters.To("letters", letters);

        await builder.Build().RunAsync();

        letters.Values.Should().ContainSingle().Which.Reason.Should().BeOfType<DivideByZeroException>();
    }

    [Test]
    public void Rules_that_cannot_be_are_refused()
    {
        QualityRules<int> rules = QualityRules<int>.None.That("one", _ => true);
        var stream = new TopologyBuilder("t").From("source", [1]);

        Refused(() => rules.That("one", _ => true), "*two rules named 'one'*");
        Refused(() => rules.That(" ", _ => true), "*");
        Refused(() => rules.That("good", _ => true, Quality.Good), "*uncertain or bad*");
        Refused(() => rules.InRange("range", value => value, 2, 1), "*No number lies between 2 and 1*");
        Refused(() => rules.InRange("range", value => value, double.NaN, 1), "*No number lies between*");
        Refused(() => rules.Unit("unit", _ => "K", []), "*at least one unit*");
        Refused(() => rules.RateOfChange("slope", value => value, -1, TimeSpan.FromSeconds(1)), "*zero or more*");
        Refused(() => rules.RateOfChange("slope", value => value, double.NaN, TimeSpan.FromSeconds(1)), "*zero or more*");
        Refused(() => rules.RateOfChange("slope", value => value, 1, TimeSpan.Zero), "*");
        Refused(() => Enumerable.Range(0, 64).Aggregate(rules, (all, place) => all.That($"rule {place}", _ => true)), "*64 rules*");
        Refused(() => stream.Validate(rules.MonotonicCounter("counter", value => value), ErrorPolicy.Skip), "*'counter' compares records of the same key: call KeyBy*");
        Refused(() => stream.Check(rules.MonotonicCounter("counter", value => value)), "*'counter' compares records of the same key: call KeyBy*");

        static void Refused(Func<object> make, string message) => make.Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static async Task<IReadOnlyList<Checked<T>>> CheckAsync<T>(QualityRules<T> rules, params T[] records)
    {
        var results = new CollectingSink<Checked<T>>();
        var builder = new TopologyBuilder("t");
        builder.From("source", records).Check(rules).To("results", results);
        await builder.Build().RunAsync();
        return results.Values;
    }

    private sealed record Sensed(string? Device, double? Celsius, string? Unit);
}
