using IoTStream.Time;
using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.Edge;

/// <summary>The summary of an hour of a machine.</summary>
/// <param name="From">Its beginning.</param>
/// <param name="To">Its end.</param>
/// <param name="Readings">How many readings there were.</param>
/// <param name="Levels">How its signals were.</param>
internal sealed record Hour(DateTimeOffset From, DateTimeOffset To, int Readings, IReadOnlyList<Level> Levels)
{
    public static Hour Of(WindowResult<string, IReadOnlyList<Measurement>> window, IReadOnlyList<Signal> signals) => new(
        window.Window.Start,
        window.Window.End,
        window.Value.Sum(static measurement => measurement.Readings),
        [.. signals.Select((signal, i) => new Level(
            signal.Name,
            window.Value.Min(measurement => measurement.Values[i]),
            window.Value.Average(measurement => measurement.Values[i]),
            window.Value.Max(measurement => measurement.Values[i])))]);

    /// <summary>The least value of a signal, which no fault that is shorter than the hour has touched; null if the summary is of other ones.</summary>
    public double? Least(string signal) => Levels.FirstOrDefault(level => level.Signal == signal)?.Least;
}

/// <summary>How a signal was.</summary>
internal sealed record Level(string Signal, double Least, double Mean, double Max);
