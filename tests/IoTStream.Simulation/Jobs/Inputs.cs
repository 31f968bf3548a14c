namespace IoTStream.Simulation.Jobs;

/// <summary>What a topology is given.</summary>
/// <param name="Readings">The partitions of its source.</param>
/// <param name="Others">Those of another one, of the same keys, for topologies with two.</param>
/// <param name="Redeliver">Whether the sources redeliver what was not acknowledged; else they can be read from anywhere.</param>
internal sealed record Inputs(Reading[][] Readings, Reading[][] Others, bool Redeliver)
{
    /// <summary>Draws them.</summary>
    /// <param name="random">From this.</param>
    /// <param name="most">The most records of a partition.</param>
    public static Inputs Draw(Random random, int most)
    {
        int partitions = random.Next(1, 4);

        // With few, most of the state changes in each epoch; with many, what has not changed for long has to be there too.
        int keys = random.Next(2) == 0 ? random.Next(1, 8) : random.Next(8, 60);
        return new Inputs(
            Reading.Draw(random, partitions, most, keys, Pipeline.Disorder),
            Reading.Draw(random, partitions, (most / 3) + 1, keys, Pipeline.Disorder),
            random.Next(2) == 0);
    }
}
