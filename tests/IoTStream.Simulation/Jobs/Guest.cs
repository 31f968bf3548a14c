using System.Globalization;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Simulation.Jobs;

/// <summary>
/// A step that a topology has in some of its lives and not in others: it numbers the records of each key. Whenever it comes back its state has been given up, and it begins anew.
/// </summary>
internal static class Guest
{
    private const string Mark = "guest: ";

    /// <summary>What is given up when it goes.</summary>
    public static IReadOnlyCollection<string> Steps { get; } = ["guest"];

    public static void AddTo(Draft draft) => draft.GiveFirst(StepPlace.ByNumberOf(draft.Readings)
        .Process("guest", () => new Counting())
        .Select(told => string.Create(CultureInfo.InvariantCulture, $"{Mark}{told}")));

    public static bool IsOf(string line) => line.StartsWith(Mark, StringComparison.Ordinal);

    /// <summary>Each record is numbered at most once; its number follows that of the record before it, or is the first of a visit.</summary>
    public static void Check(IEnumerable<string> lines, Inputs inputs, int visits)
    {
        Dictionary<string, int> numbers = lines.Select(line => line[Mark.Length..].Split(" is ")).ToDictionary(
            parts => parts[0], parts => int.Parse(parts[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        foreach (IGrouping<int, Reading> key in inputs.Readings.SelectMany(partition => partition).GroupBy(reading => reading.Key))
        {
            int before = 0;
            int begun = 0;
            foreach (Reading reading in key)
            {
                int number = numbers.GetValueOrDefault($"{reading}");
                bool isFirst = number == 1;
                begun += isFirst ? 1 : 0;
                (number == 0 || isFirst || (before > 0 && number == before + 1)).Should().BeTrue("{0} of the guest comes after {1}, with {2}", number, before, reading);
                before = number;
            }

            begun.Should().BeLessThanOrEqualTo(visits, "the guest begins anew only when it comes");
        }
    }

    private sealed class Counting : KeyedProcess<int, Reading, string>
    {
        private readonly ValueState<int> _count;

        public Counting() => _count = States.Value<int>("count");

        public override void OnRecord(Reading record, KeyedProcessContext<int, string> context) => context.Emit($"{record} is {++_count.Value}");
    }
}
