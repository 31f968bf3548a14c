namespace PredictiveMaintenance.Cloud;

/// <summary>Somebody is to see to a machine.</summary>
/// <param name="Id">Tells it from all others, and is the same however often it is computed.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Task">What is to be done.</param>
/// <param name="Due">Until when.</param>
/// <param name="Reason">Why.</param>
internal sealed record WorkOrder(string Id, string Machine, string Task, DateTimeOffset Due, string Reason);
