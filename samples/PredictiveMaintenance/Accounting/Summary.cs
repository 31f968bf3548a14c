namespace PredictiveMaintenance.Accounting;

/// <summary>What became of everything in a run.</summary>
internal sealed record Summary
{
    public required int Machines { get; init; }

    /// <summary>Readings that the machines made, and that the gateway made signals of.</summary>
    public required long Readings { get; init; }

    public required long ReadingsHeard { get; init; }

    /// <summary>Faults that the simulator injected, and those that an alert came for at the cloud.</summary>
    public required int Injected { get; init; }

    public required int Detected { get; init; }

    /// <summary>Alerts that belong to no fault.</summary>
    public required int FalseAlarms { get; init; }

    /// <summary>From the beginning of a fault to the end of the measurement that made it clear, in milliseconds of event time.</summary>
    public required double MedianTimeToDetectMs { get; init; }

    public required double LongestTimeToDetectMs { get; init; }

    /// <summary>Messages that the gateway had to send, and what became of them.</summary>
    public required int Messages { get; init; }

    public required int MessagesLost { get; init; }

    public required int MessagesDuplicated { get; init; }

    public required int MessagesOutOfOrder { get; init; }

    /// <summary>What went over the link, and what it would have been without a gateway.</summary>
    public required long BytesUp { get; init; }

    public required long RawBytes { get; init; }

    public required int Incidents { get; init; }

    public required int WorkOrders { get; init; }

    public required int WorkOrdersDuplicated { get; init; }

    /// <summary>What is left of the machine that wears out, in hours; null if that did not come out.</summary>
    public double? HoursLeftOfWornMachine { get; init; }

    public required int LinkCuts { get; init; }

    public required int EdgeKills { get; init; }

    /// <summary>Whether nothing was lost, doubled or missed.</summary>
    public bool IsBalanced => ReadingsHeard == Readings && MessagesLost + MessagesDuplicated + MessagesOutOfOrder + WorkOrdersDuplicated == 0 && Detected == Injected;

    public void Write(TextWriter output)
    {
        output.WriteLine($"readings      {Readings:N0} of {Machines} machines, {ReadingsHeard:N0} heard by the gateway");
        output.WriteLine($"faults        {Injected} injected, {Detected} detected, {FalseAlarms} false alarms; time to detect {MedianTimeToDetectMs:N0} ms (median), {LongestTimeToDetectMs:N0} ms (longest)");
        output.WriteLine($"messages up   {Messages:N0}: {MessagesLost} lost, {MessagesDuplicated} duplicated, {MessagesOutOfOrder} out of order; link cut {LinkCuts} times, gateway killed {EdgeKills} times");
        output.WriteLine($"bytes up      {BytesUp:N0} of {RawBytes:N0} raw ({(double)BytesUp / RawBytes:P1})");
        output.WriteLine($"cloud         {Incidents} incidents, {WorkOrders} work orders ({WorkOrdersDuplicated} duplicated), worn machine: {(HoursLeftOfWornMachine is { } hours ? $"{hours:F0} hours left" : "no trend")}");
        output.WriteLine(IsBalanced ? "Everything is accounted for." : "NOT everything is accounted for.");
    }
}
